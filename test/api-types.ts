// Made by scripts/api-types.ts from /openapi.json: do not edit.
export interface paths {
    "/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What this is; the page for a browser */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            docs: string;
                            message: string;
                            timestamp: string;
                            version: string;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/__debug/routes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The paths of all routes */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": string[];
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/__debug/sqlite": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The database file and its schema */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            database_list: {
                                file: string;
                                name: string;
                                seq: number;
                            }[];
                            db_path_env: string | null;
                            error?: string;
                            migrations: {
                                at: string;
                                name: string;
                            }[];
                            pragma: {
                                [key: string]: string | number;
                            };
                            tables: {
                                columns: {
                                    name: string;
                                    nullable: boolean;
                                    type: string;
                                }[];
                                name: string;
                            }[];
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/avatars/{avatar_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An uploaded picture */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    avatar_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "image/*": string;
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/change-password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Change your password; every older token ends */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        currentPassword: string;
                        newPassword: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            access_token: string;
                            /** @description Seconds. */
                            expires_in: number;
                            message: string;
                            /** @enum {string} */
                            token_type: "bearer";
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/google": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Log in with an ID token of Google */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        token?: string;
                    } | null;
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            access_token: string;
                            created_at: string;
                            email: string;
                            /** @description Seconds. */
                            expires_in: number;
                            name: string;
                            /** @enum {string} */
                            role: "admin" | "user";
                            /** @enum {string} */
                            token_type: "bearer";
                            user_id: string;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Log in */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        email: string;
                        password: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            access_token: string;
                            created_at: string;
                            email: string;
                            /** @description Seconds. */
                            expires_in: number;
                            name: string;
                            /** @enum {string} */
                            role: "admin" | "user";
                            /** @enum {string} */
                            token_type: "bearer";
                            user_id: string;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End this session */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            message: string;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who you are */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            createdAt: string;
                            description: string;
                            email: string;
                            lastActive: string;
                            name: string;
                            picture: string | null;
                            preferences: {
                                [key: string]: unknown;
                            };
                            /** @enum {string} */
                            role: "admin" | "user";
                            user_id: string;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/profile": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Change your profile */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        description?: string;
                        /** @description Empty for the local administrator only. */
                        email: string | "";
                        name: string;
                        /** @description null or empty: none. */
                        picture?: string | null;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            message: string;
                            user: {
                                created_at: string;
                                description: string;
                                email: string;
                                last_active: string;
                                name: string;
                                picture: string | null;
                                user_id: string;
                            };
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/signup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make an account */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @default  */
                        description?: string;
                        email: string;
                        name: string;
                        password: string;
                        /** @description Printed at the start of a server that has no administrator. */
                        setup_token?: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            access_token: string;
                            created_at: string;
                            email: string;
                            /** @description Seconds. */
                            expires_in: number;
                            name: string;
                            /** @enum {string} */
                            role: "admin" | "user";
                            /** @enum {string} */
                            token_type: "bearer";
                            user_id: string;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your API tokens, newest first */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    offset?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            tokens: {
                                created_at: string;
                                expires_at: string | null;
                                /** @description The last characters. */
                                hint: string;
                                id: string;
                                last_used_at: string | null;
                                name: string;
                                /** @enum {string} */
                                scope: "read" | "write" | "admin";
                            }[];
                            total: number;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        put?: never;
        /** Make an API token; it is shown once */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        expires_in_days?: number;
                        name: string;
                        /**
                         * @default read
                         * @enum {string}
                         */
                        scope?: "read" | "write" | "admin";
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            created_at: string;
                            expires_at: string | null;
                            /** @description The last characters. */
                            hint: string;
                            id: string;
                            last_used_at: string | null;
                            name: string;
                            /** @enum {string} */
                            scope: "read" | "write" | "admin";
                            /** @description Shown this once. */
                            token: string;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke an API token */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @enum {boolean} */
                            deleted: true;
                            id: string;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/upload-avatar": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Upload your picture */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            avatar_url: string;
                            message: string;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete a chat; an answer being made in it is stopped */
        delete: {
            parameters: {
                query?: {
                    user_id?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            chat_id: string;
                            /** @enum {boolean} */
                            deleted: true;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/{id}/auto-title": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Title a chat by its first question */
        post: {
            parameters: {
                query?: {
                    user_id?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            chat_id: string;
                            title: string;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/{id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A chat as a download: JSON, or Markdown */
        get: {
            parameters: {
                query?: {
                    format?: "json" | "markdown";
                    user_id?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            chat: {
                                created_at: string;
                                id: string;
                                title: string;
                                updated_at: string;
                                user_id: string;
                            };
                            count: number;
                            exported_at: string;
                            messages: {
                                chat_id: string;
                                /** @description JSON: the citations of an answer. */
                                citations_json: string;
                                content: string;
                                created_at: string;
                                id: number;
                                metadata: {
                                    [key: string]: unknown;
                                };
                                model_used: string | null;
                                /** @description Of an answer: the id of its question. */
                                reply_to: number | null;
                                /** @enum {string} */
                                role: "system" | "user" | "assistant";
                                /** @description JSON: the sources of an answer. */
                                sources_json: string;
                                /**
                                 * @description Of an answer. An interrupted one holds what had been written.
                                 * @enum {string}
                                 */
                                state: "complete" | "generating" | "interrupted" | "failed";
                                tokens_used: number;
                            }[];
                        };
                        "text/markdown": string;
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/{id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Messages of a chat, the oldest first */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    offset?: number;
                    user_id?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            chat_id: string;
                            count: number;
                            messages: {
                                chat_id: string;
                                /** @description JSON: the citations of an answer. */
                                citations_json: string;
                                content: string;
                                created_at: string;
                                id: number;
                                metadata: {
                                    [key: string]: unknown;
                                };
                                model_used: string | null;
                                /** @description Of an answer: the id of its question. */
                                reply_to: number | null;
                                /** @enum {string} */
                                role: "system" | "user" | "assistant";
                                /** @description JSON: the sources of an answer. */
                                sources_json: string;
                                /**
                                 * @description Of an answer. An interrupted one holds what had been written.
                                 * @enum {string}
                                 */
                                state: "complete" | "generating" | "interrupted" | "failed";
                                tokens_used: number;
                            }[];
                            total: number;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/{id}/messages/paged": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Messages of a chat, the newest first: before a message, or by page */
        get: {
            parameters: {
                query?: {
                    before_id?: number;
                    limit?: number;
                    page?: number;
                    page_size?: number;
                    user_id?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            chat_id: string;
                            count: number;
                            has_more: boolean;
                            messages: {
                                chat_id: string;
                                /** @description JSON: the citations of an answer. */
                                citations_json: string;
                                content: string;
                                created_at: string;
                                id: number;
                                metadata: {
                                    [key: string]: unknown;
                                };
                                model_used: string | null;
                                /** @description Of an answer: the id of its question. */
                                reply_to: number | null;
                                /** @enum {string} */
                                role: "system" | "user" | "assistant";
                                /** @description JSON: the sources of an answer. */
                                sources_json: string;
                                /**
                                 * @description Of an answer. An interrupted one holds what had been written.
                                 * @enum {string}
                                 */
                                state: "complete" | "generating" | "interrupted" | "failed";
                                tokens_used: number;
                            }[];
                            next_before_id: number | null;
                            pagination: {
                                page: number;
                                page_size: number;
                                total: number;
                            };
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/{id}/regenerate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Answer the last question again; as server-sent events where the request accepts those only */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        context?: string;
                        document_ids?: string[];
                        filters?: {
                            chat_ids?: string[];
                            created_before?: string;
                            created_from?: string;
                            /** @description Media types, as `fileType` in the metadata of an upload has them. */
                            file_types?: string[];
                            /** @description Values that the metadata given with a document have. */
                            metadata?: {
                                [key: string]: string | number | boolean;
                            };
                        };
                        system_prompt?: string;
                        user_id?: string;
                        web_search_enabled?: boolean;
                        web_search_settings?: {
                            language?: string;
                            max_results?: number;
                        };
                    } | null;
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            abstained: boolean;
                            answer_message: {
                                chat_id: string;
                                /** @description JSON: the citations of an answer. */
                                citations_json: string;
                                content: string;
                                created_at: string;
                                id: number;
                                metadata: {
                                    [key: string]: unknown;
                                };
                                model_used: string | null;
                                /** @description Of an answer: the id of its question. */
                                reply_to: number | null;
                                /** @enum {string} */
                                role: "system" | "user" | "assistant";
                                /** @description JSON: the sources of an answer. */
                                sources_json: string;
                                /**
                                 * @description Of an answer. An interrupted one holds what had been written.
                                 * @enum {string}
                                 */
                                state: "complete" | "generating" | "interrupted" | "failed";
                                tokens_used: number;
                            };
                            chat_id: string;
                            citations: {
                                chunk_id: number | null;
                                doc_id: string | null;
                                end_char: number | null;
                                id: number;
                                page: number | null;
                                quote: string | null;
                                reason?: string;
                                reason_code?: string;
                                score: number;
                                start_char: number | null;
                                title: string | null;
                                /** @enum {string} */
                                type: "rag" | "web";
                                url: string | null;
                                /** @enum {string} */
                                verdict: "supported" | "doubtful" | "unsupported";
                                verified: boolean;
                                version: number | null;
                            }[];
                            confidence: number;
                            input_truncated: boolean;
                            model_used: string;
                            original_question_length: number;
                            question_message: {
                                chat_id: string;
                                /** @description JSON: the citations of an answer. */
                                citations_json: string;
                                content: string;
                                created_at: string;
                                id: number;
                                metadata: {
                                    [key: string]: unknown;
                                };
                                model_used: string | null;
                                /** @description Of an answer: the id of its question. */
                                reply_to: number | null;
                                /** @enum {string} */
                                role: "system" | "user" | "assistant";
                                /** @description JSON: the sources of an answer. */
                                sources_json: string;
                                /**
                                 * @description Of an answer. An interrupted one holds what had been written.
                                 * @enum {string}
                                 */
                                state: "complete" | "generating" | "interrupted" | "failed";
                                tokens_used: number;
                            };
                            tokens_used: number;
                            used_question_length: number;
                            warnings: string[];
                        };
                        "text/event-stream": {
                            /** @description JSON. */
                            data: string;
                            event: string;
                            id?: string;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/{id}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop the answer being made; what is written stays */
        post: {
            parameters: {
                query?: {
                    user_id?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            answer_message: {
                                chat_id: string;
                                /** @description JSON: the citations of an answer. */
                                citations_json: string;
                                content: string;
                                created_at: string;
                                id: number;
                                metadata: {
                                    [key: string]: unknown;
                                };
                                model_used: string | null;
                                /** @description Of an answer: the id of its question. */
                                reply_to: number | null;
                                /** @enum {string} */
                                role: "system" | "user" | "assistant";
                                /** @description JSON: the sources of an answer. */
                                sources_json: string;
                                /**
                                 * @description Of an answer. An interrupted one holds what had been written.
                                 * @enum {string}
                                 */
                                state: "complete" | "generating" | "interrupted" | "failed";
                                tokens_used: number;
                            } | null;
                            chat_id: string;
                            /** @description Whether an answer was being made. */
                            stopped: boolean;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/{id}/title": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Title a chat */
        post: {
            parameters: {
                query?: {
                    user_id?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        title: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            chat_id: string;
                            title: string;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/ask": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask in a chat */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        chat_id?: string;
                        context?: string;
                        document_ids?: string[];
                        filters?: {
                            chat_ids?: string[];
                            created_before?: string;
                            created_from?: string;
                            /** @description Media types, as `fileType` in the metadata of an upload has them. */
                            file_types?: string[];
                            /** @description Values that the metadata given with a document have. */
                            metadata?: {
                                [key: string]: string | number | boolean;
                            };
                        };
                        question: string;
                        system_prompt?: string;
                        user_id?: string;
                        web_search_enabled?: boolean;
                        web_search_settings?: {
                            language?: string;
                            max_results?: number;
                        };
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            abstained: boolean;
                            answer_message: {
                                chat_id: string;
                                /** @description JSON: the citations of an answer. */
                                citations_json: string;
                                content: string;
                                created_at: string;
                                id: number;
                                metadata: {
                                    [key: string]: unknown;
                                };
                                model_used: string | null;
                                /** @description Of an answer: the id of its question. */
                                reply_to: number | null;
                                /** @enum {string} */
                                role: "system" | "user" | "assistant";
                                /** @description JSON: the sources of an answer. */
                                sources_json: string;
                                /**
                                 * @description Of an answer. An interrupted one holds what had been written.
                                 * @enum {string}
                                 */
                                state: "complete" | "generating" | "interrupted" | "failed";
                                tokens_used: number;
                            };
                            chat_id: string;
                            citations: {
                                chunk_id: number | null;
                                doc_id: string | null;
                                end_char: number | null;
                                id: number;
                                page: number | null;
                                quote: string | null;
                                reason?: string;
                                reason_code?: string;
                                score: number;
                                start_char: number | null;
                                title: string | null;
                                /** @enum {string} */
                                type: "rag" | "web";
                                url: string | null;
                                /** @enum {string} */
                                verdict: "supported" | "doubtful" | "unsupported";
                                verified: boolean;
                                version: number | null;
                            }[];
                            confidence: number;
                            input_truncated: boolean;
                            model_used: string;
                            original_question_length: number;
                            question_message: {
                                chat_id: string;
                                /** @description JSON: the citations of an answer. */
                                citations_json: string;
                                content: string;
                                created_at: string;
                                id: number;
                                metadata: {
                                    [key: string]: unknown;
                                };
                                model_used: string | null;
                                /** @description Of an answer: the id of its question. */
                                reply_to: number | null;
                                /** @enum {string} */
                                role: "system" | "user" | "assistant";
                                /** @description JSON: the sources of an answer. */
                                sources_json: string;
                                /**
                                 * @description Of an answer. An interrupted one holds what had been written.
                                 * @enum {string}
                                 */
                                state: "complete" | "generating" | "interrupted" | "failed";
                                tokens_used: number;
                            };
                            tokens_used: number;
                            used_question_length: number;
                            warnings: string[];
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/ask/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask in a chat; the answer comes as server-sent events
         * @description With Last-Event-ID nothing is asked: the rest of that answer comes, wherever its stream was broken off.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        chat_id?: string;
                        context?: string;
                        document_ids?: string[];
                        filters?: {
                            chat_ids?: string[];
                            created_before?: string;
                            created_from?: string;
                            /** @description Media types, as `fileType` in the metadata of an upload has them. */
                            file_types?: string[];
                            /** @description Values that the metadata given with a document have. */
                            metadata?: {
                                [key: string]: string | number | boolean;
                            };
                        };
                        question: string;
                        system_prompt?: string;
                        user_id?: string;
                        web_search_enabled?: boolean;
                        web_search_settings?: {
                            language?: string;
                            max_results?: number;
                        };
                    };
                };
            };
            responses: {
                /** @description Server-sent events; the schema is of each of them. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": {
                            /** @description JSON. */
                            data: string;
                            event: string;
                            id?: string;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat/stream/{answer_message_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The events of an answer, being made or made; after Last-Event-ID where that is sent */
        get: {
            parameters: {
                query?: {
                    user_id?: string;
                };
                header?: never;
                path: {
                    answer_message_id: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Server-sent events; the schema is of each of them. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": {
                            /** @description JSON. */
                            data: string;
                            event: string;
                            id?: string;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List chats, the newest first */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    offset?: number;
                    user_id?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                created_at: string;
                                id: string;
                                title: string;
                                updated_at: string;
                                user_id: string;
                            }[];
                            limit: number;
                            offset: number;
                            total: number;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/documents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Add a text */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        chat_id?: string;
                        content?: string;
                        Content?: string;
                        document_title?: string;
                        Document_Title?: string;
                        metadata?: {
                            [key: string]: unknown;
                        };
                        Metadata?: {
                            [key: string]: unknown;
                        };
                        summary?: string;
                        Summary?: string;
                        title?: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            chat_id: string | null;
                            document_id: string;
                            job_id: string | null;
                            /** @enum {string} */
                            status: "queued" | "processing" | "processed" | "failed";
                        };
                    };
                };
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            chat_id: string | null;
                            document_id: string;
                            job_id: string | null;
                            /** @enum {string} */
                            status: "queued" | "processing" | "processed" | "failed";
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/documents/{id}/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Text of a document */
        get: {
            parameters: {
                query?: {
                    /** @description For administrators: whose things are meant. */
                    user_id?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            content: string;
                            created_at: string;
                            doc_id: string;
                            metadata: {
                                [key: string]: unknown;
                            };
                            source: string;
                            summary: string;
                            title: string;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/documents/by-chat/{chat_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Documents uploaded in a chat */
        get: {
            parameters: {
                query?: {
                    /** @description For administrators: whose things are meant. */
                    user_id?: string;
                };
                header?: never;
                path: {
                    chat_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            chat_id: string;
                            count: number;
                            documents: {
                                chat_id?: string;
                                chunks: number;
                                content: string;
                                created_at: string;
                                error?: {
                                    code: string;
                                    detail: string;
                                };
                                id: string;
                                language: string | null;
                                metadata: {
                                    [key: string]: unknown;
                                };
                                /** @enum {string} */
                                searchable: "no" | "words" | "full";
                                size: number;
                                /** @enum {string} */
                                status: "queued" | "processing" | "processed" | "failed";
                                summary: string;
                                title: string;
                                updated_at: string;
                                version: number;
                            }[];
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/my/chats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List your own chats, the newest first */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    offset?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: {
                                created_at: string;
                                id: string;
                                title: string;
                                updated_at: string;
                                user_id: string;
                            }[];
                            limit: number;
                            offset: number;
                            total: number;
                            user_id: string;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List accounts, newest first */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    offset?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            message: string;
                            total: number;
                            users: {
                                createdAt: string;
                                description: string;
                                disabled: boolean;
                                email: string;
                                lastActive: string;
                                name: string;
                                /** @enum {string} */
                                role: "admin" | "user";
                                userId: string;
                            }[];
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        put?: never;
        /** Make an account for somebody */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @default  */
                        description?: string;
                        email: string;
                        name: string;
                        password?: string;
                        /**
                         * @default user
                         * @enum {string}
                         */
                        role?: "admin" | "user";
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            created_at: string;
                            message: string;
                            user_id: string;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/{user_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete an account with everything that it owns */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    user_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            deleted_from: string[];
                            message: string;
                            /** @enum {string} */
                            status: "success";
                            user_id: string;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        options?: never;
        head?: never;
        /** Set role, suspension or password of an account */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    user_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        disabled?: boolean;
                        password?: string;
                        /** @enum {string} */
                        role?: "admin" | "user";
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            createdAt: string;
                            description: string;
                            disabled: boolean;
                            email: string;
                            lastActive: string;
                            name: string;
                            /** @enum {string} */
                            role: "admin" | "user";
                            userId: string;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        trace?: never;
    };
    "/api/v1/ask": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask a question */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        chat_id?: string;
                        context?: {
                            [key: string]: unknown;
                        };
                        document_ids?: string[];
                        filters?: {
                            chat_ids?: string[];
                            created_before?: string;
                            created_from?: string;
                            /** @description Media types, as `fileType` in the metadata of an upload has them. */
                            file_types?: string[];
                            /** @description Values that the metadata given with a document have. */
                            metadata?: {
                                [key: string]: string | number | boolean;
                            };
                        };
                        question: string;
                        top_k?: number;
                        /** @default false */
                        web_search_enabled?: boolean;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            abstained: boolean;
                            answer: string;
                            api_used: string;
                            /** @enum {string} */
                            basis: "evidence" | "general_knowledge";
                            cached: boolean;
                            candidate_quotes: {
                                chunk_id: number | null;
                                doc_id: string | null;
                                end_char: number | null;
                                id: number;
                                page: number | null;
                                quote: string | null;
                                reason?: string;
                                reason_code?: string;
                                score: number;
                                start_char: number | null;
                                title: string | null;
                                /** @enum {string} */
                                type: "rag" | "web";
                                url: string | null;
                                /** @enum {string} */
                                verdict: "supported" | "doubtful" | "unsupported";
                                verified: boolean;
                                version: number | null;
                            }[];
                            citations: {
                                chunk_id: number | null;
                                doc_id: string | null;
                                end_char: number | null;
                                id: number;
                                page: number | null;
                                quote: string | null;
                                reason?: string;
                                reason_code?: string;
                                score: number;
                                start_char: number | null;
                                title: string | null;
                                /** @enum {string} */
                                type: "rag" | "web";
                                url: string | null;
                                /** @enum {string} */
                                verdict: "supported" | "doubtful" | "unsupported";
                                verified: boolean;
                                version: number | null;
                            }[];
                            confidence: number;
                            confidence_factors: {
                                [key: string]: number;
                            };
                            /** @enum {string} */
                            confidence_level: "low" | "medium" | "high";
                            embedding_model: string;
                            /** @enum {string} */
                            finish_reason: "complete" | "length" | "filtered";
                            found_instructions: {
                                doc_id: string | null;
                                end_char: number | null;
                                /** @enum {string} */
                                kind: "to_the_model" | "unrelated_request" | "role_marker" | "tool_call" | "outgoing_link" | "hidden_text";
                                quote: string;
                                start_char: number | null;
                                title: string;
                                url: string | null;
                                version: number | null;
                                /** @enum {string} */
                                where: "text" | "web" | "heading" | "title" | "file_name" | "metadata";
                            }[];
                            input_truncated: boolean;
                            model_failure?: string;
                            model_used: string;
                            original_question_length: number;
                            processing_time: number;
                            processing_time_ms: number;
                            readonly question_parts: {
                                answerable: boolean;
                                question: string;
                            }[];
                            question_relevance: number;
                            reasoning: string;
                            results_count: number;
                            search_steps: {
                                asked: {
                                    [key: string]: string | number;
                                };
                                error?: string;
                                readonly known_evidence: number[];
                                readonly new_evidence: number[];
                                processing_time_ms: number;
                                returned: number;
                                sources: {
                                    doc_id: string;
                                }[];
                                step: number;
                                tool: string;
                                warning?: string;
                                readonly web_results?: {
                                    title: string;
                                    url: string;
                                }[];
                            }[];
                            searched_question: string;
                            sentences: {
                                readonly citations: number[];
                                contradicted_by?: {
                                    chunk_id: number | null;
                                    doc_id: string;
                                    end_char: number;
                                    id: number;
                                    page: number | null;
                                    quote: string;
                                    reason: string;
                                    /** @enum {string} */
                                    reason_code: "number" | "date" | "negation";
                                    start_char: number;
                                    title: string;
                                    url: string | null;
                                    version: number;
                                }[];
                                end: number;
                                reason?: string;
                                reason_code?: string;
                                start: number;
                                text: string;
                                /** @enum {string} */
                                verdict: "supported" | "doubtful" | "unsupported";
                            }[];
                            sources_used: {
                                id: string;
                                keyword_score: number;
                                rank: number;
                                relevance_score: number;
                                semantic_similarity: number;
                                title: string;
                                url?: string;
                                vectorized_search?: boolean;
                                web_search?: boolean;
                            }[];
                            tokens_used: number;
                            used_question_length: number;
                            vector_search_enabled: boolean;
                            warnings: string[];
                            web_search_enabled: boolean;
                            web_search_used: boolean;
                            web_sources: {
                                content_length: number;
                                doc_id: string | null;
                                domain: string;
                                scraped_successfully: boolean;
                                snippet?: string;
                                title: string;
                                url: string;
                            }[];
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bulk-scrape-website": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Add the pages of a site; again, to see what has changed */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @default true */
                        combine_into_single_document?: boolean;
                        /** @default true */
                        crawl_internal_links?: boolean;
                        /** @default 10 */
                        max_pages?: number;
                        metadata?: {
                            [key: string]: unknown;
                        };
                        /** @description Of the combined document. */
                        summary?: string;
                        /** @description Of the combined document. */
                        title?: string;
                        url: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            combined_into_single_document: boolean;
                            created_at: string;
                            document_ids: string[];
                            failed_pages: number;
                            failed_urls: {
                                reason: string;
                                url: string;
                            }[];
                            job_id: string;
                            message: string;
                            metadata: {
                                [key: string]: unknown;
                            };
                            scraped_urls: string[];
                            /** @description Copies, what leads elsewhere, what is not to be indexed; at most 200. */
                            skipped_urls: {
                                reason: string;
                                url: string;
                            }[];
                            /** @enum {string} */
                            status: "processing" | "processed" | "failed" | "cancelled";
                            success: boolean;
                            successful_pages: number;
                            title: string;
                            /** @description Pages that were scraped and that failed. */
                            total_pages: number;
                            url: string;
                        };
                    };
                };
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            combined_into_single_document: boolean;
                            created_at: string;
                            document_ids: string[];
                            failed_pages: number;
                            failed_urls: {
                                reason: string;
                                url: string;
                            }[];
                            job_id: string;
                            message: string;
                            metadata: {
                                [key: string]: unknown;
                            };
                            scraped_urls: string[];
                            /** @description Copies, what leads elsewhere, what is not to be indexed; at most 200. */
                            skipped_urls: {
                                reason: string;
                                url: string;
                            }[];
                            /** @enum {string} */
                            status: "processing" | "processed" | "failed" | "cancelled";
                            success: boolean;
                            successful_pages: number;
                            title: string;
                            /** @description Pages that were scraped and that failed. */
                            total_pages: number;
                            url: string;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bulk-scrape-website/{job_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a crawl has brought so far */
        get: {
            parameters: {
                query?: {
                    /** @description For administrators: whose things are meant. */
                    user_id?: string;
                };
                header?: never;
                path: {
                    job_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            combined_into_single_document: boolean;
                            created_at: string;
                            document_ids: string[];
                            failed_pages: number;
                            failed_urls: {
                                reason: string;
                                url: string;
                            }[];
                            job_id: string;
                            message: string;
                            metadata: {
                                [key: string]: unknown;
                            };
                            scraped_urls: string[];
                            /** @description Copies, what leads elsewhere, what is not to be indexed; at most 200. */
                            skipped_urls: {
                                reason: string;
                                url: string;
                            }[];
                            /** @enum {string} */
                            status: "processing" | "processed" | "failed" | "cancelled";
                            success: boolean;
                            successful_pages: number;
                            title: string;
                            /** @description Pages that were scraped and that failed. */
                            total_pages: number;
                            url: string;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/documents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List documents, newest first */
        get: {
            parameters: {
                query?: {
                    full?: "0" | "1" | "true" | "false" | "";
                    limit?: number;
                    offset?: number;
                    /** @description For administrators: whose things are meant. */
                    user_id?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            documents: {
                                chat_id?: string;
                                chunks: number;
                                content: string;
                                created_at: string;
                                error?: {
                                    code: string;
                                    detail: string;
                                };
                                id: string;
                                language: string | null;
                                metadata: {
                                    [key: string]: unknown;
                                };
                                /** @enum {string} */
                                searchable: "no" | "words" | "full";
                                size: number;
                                /** @enum {string} */
                                status: "queued" | "processing" | "processed" | "failed";
                                summary: string;
                                title: string;
                                updated_at: string;
                                version: number;
                            }[];
                            message: string;
                            total: number;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/documents/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete a document */
        delete: {
            parameters: {
                query?: {
                    /** @description For administrators: whose things are meant. */
                    user_id?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            deleted_from: string[];
                            document_id: string;
                            message: string;
                            pending?: string[];
                            /** @enum {string} */
                            status: "success" | "not_found";
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                /** @description Default Response */
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /**
                             * @description Stable; see docs/errors.md.
                             * @enum {string}
                             */
                            code: "malformed_request" | "empty_question" | "email_taken" | "wrong_password" | "open_mode_local_only" | "https_required" | "blocked_address" | "forbidden" | "signup_closed" | "unauthorized" | "not_found" | "request_timeout" | "conflict" | "cancelled" | "interrupted" | "gone" | "payload_too_large" | "question_too_long" | "unsupported_media_type" | "invalid_request" | "document_empty" | "document_encrypted" | "document_corrupt" | "document_type_mismatch" | "document_too_complex" | "upgrade_required" | "too_many_requests" | "headers_too_large" | "client_closed_request" | "internal_error" | "not_available" | "upstream_failed" | "not_configured" | "not_ready" | "overloaded" | "timed_out" | "storage_full" | "index_full";
                            deleted_from: string[];
                            /** @description What went wrong and what can be done about it. */
                            detail: string;
                            document_id: string;
                            errors?: {
                                message: string;
                                path: string;
                            }[];
                            message: string;
                            pending?: string[];
                            request_id: string;
                            /** @enum {string} */
                            status: "success" | "not_found";
                        };
                    };
                };
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        options?: never;
        head?: never;
        /** Change title, summary or metadata */
        patch: {
            parameters: {
                query?: {
                    /** @description For administrators: whose things are meant. */
                    user_id?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        metadata?: {
                            [key: string]: unknown;
                        };
                        summary?: string;
                        title?: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            chat_id?: string;
                            chunks: number;
                            content: string;
                            created_at: string;
                            error?: {
                                code: string;
                                detail: string;
                            };
                            id: string;
                            language: string | null;
                            metadata: {
                                [key: string]: unknown;
                            };
                            /** @enum {string} */
                            searchable: "no" | "words" | "full";
                            size: number;
                            /** @enum {string} */
                            status: "queued" | "processing" | "processed" | "failed";
                            summary: string;
                            title: string;
                            updated_at: string;
                            version: number;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        trace?: never;
    };
    "/api/v1/documents/{id}/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Text of a document, of a version where one is named
         * @description Also of a page of the web that an answer cites, by the `doc_id` and `version` of its citation.
         */
        get: {
            parameters: {
                query?: {
                    /** @description For administrators: whose things are meant. */
                    user_id?: string;
                    version?: number;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            content: string;
                            created_at: string;
                            id: string;
                            metadata: {
                                [key: string]: unknown;
                            };
                            /** @enum {string} */
                            searchable: "no" | "words" | "full";
                            summary: string;
                            title: string;
                            version: number;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/documents/{id}/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The original file, as a download
         * @description A site that was crawled into one document has none: there it is the text, named after the title.
         */
        get: {
            parameters: {
                query?: {
                    /** @description For administrators: whose things are meant. */
                    user_id?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The bytes as they were sent; of a site in one document its text in UTF-8. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": string;
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/documents/{id}/reprocess": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Read the document again */
        post: {
            parameters: {
                query?: {
                    /** @description For administrators: whose things are meant. */
                    user_id?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            job_id: string;
                            message: string;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/embedding-models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Which embedding model serves, and which is being prepared */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description The model that the next start serves */
                            active: string;
                            /** @description Passages that have a vector of the next model, or else of the active one */
                            done: number;
                            /** @description The model whose vectors are being made; null: none */
                            next: string | null;
                            /** @description The model that this process searches with */
                            serving: string;
                            total: number;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/embedding-models/migration": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Embed all documents with another model, beside the one that serves; the active one stops that */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description A model that ships with the package, `openai/MODEL` or `ollama/MODEL`; `#LENGTH` asks for shorter vectors */
                        model: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description The model that the next start serves */
                            active: string;
                            /** @description Passages that have a vector of the next model, or else of the active one */
                            done: number;
                            /** @description The model whose vectors are being made; null: none */
                            next: string | null;
                            /** @description The model that this process searches with */
                            serving: string;
                            total: number;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List jobs, newest first */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    offset?: number;
                    /** @description For administrators: whose things are meant. */
                    user_id?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            jobs: {
                                attempts: number;
                                created_at: string;
                                document_id?: string;
                                done: number;
                                error?: {
                                    code: string;
                                    detail: string;
                                };
                                id: string;
                                kind: string;
                                message: string;
                                stage: string;
                                /** @enum {string} */
                                state: "queued" | "running" | "done" | "failed" | "cancelled";
                                total: number;
                                updated_at: string;
                            }[];
                            total: number;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{job_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One job */
        get: {
            parameters: {
                query?: {
                    /** @description For administrators: whose things are meant. */
                    user_id?: string;
                };
                header?: never;
                path: {
                    job_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            attempts: number;
                            created_at: string;
                            document_id?: string;
                            done: number;
                            error?: {
                                code: string;
                                detail: string;
                            };
                            id: string;
                            kind: string;
                            message: string;
                            stage: string;
                            /** @enum {string} */
                            state: "queued" | "running" | "done" | "failed" | "cancelled";
                            total: number;
                            updated_at: string;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{job_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancel a job */
        post: {
            parameters: {
                query?: {
                    /** @description For administrators: whose things are meant. */
                    user_id?: string;
                };
                header?: never;
                path: {
                    job_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            attempts: number;
                            created_at: string;
                            document_id?: string;
                            done: number;
                            error?: {
                                code: string;
                                detail: string;
                            };
                            id: string;
                            kind: string;
                            message: string;
                            stage: string;
                            /** @enum {string} */
                            state: "queued" | "running" | "done" | "failed" | "cancelled";
                            total: number;
                            updated_at: string;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{job_id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Progress of a job as server-sent events */
        get: {
            parameters: {
                query?: {
                    /** @description For administrators: whose things are meant. */
                    user_id?: string;
                };
                header?: never;
                path: {
                    job_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Server-sent events; the schema is of each of them. */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": {
                            /** @description JSON. */
                            data: string;
                            event: string;
                            id?: string;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{job_id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Try a failed or cancelled job again */
        post: {
            parameters: {
                query?: {
                    /** @description For administrators: whose things are meant. */
                    user_id?: string;
                };
                header?: never;
                path: {
                    job_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            attempts: number;
                            created_at: string;
                            document_id?: string;
                            done: number;
                            error?: {
                                code: string;
                                detail: string;
                            };
                            id: string;
                            kind: string;
                            message: string;
                            stage: string;
                            /** @enum {string} */
                            state: "queued" | "running" | "done" | "failed" | "cancelled";
                            total: number;
                            updated_at: string;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/scrape-website": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Add a page of the web; again, to see what has changed */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        chat_id?: string;
                        metadata?: {
                            [key: string]: unknown;
                        };
                        summary?: string;
                        title?: string;
                        url: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            chat_id?: string;
                            chunks: number;
                            content_length: number;
                            created_at: string;
                            database_available: boolean;
                            doc_id: string;
                            document_id: string;
                            /** @description The page has not changed since it was read: this is the document that is there. */
                            duplicate: boolean;
                            embedding_dimensions: number;
                            id: string;
                            job_id: string | null;
                            /** @description Whether this request began the job; cancel no other one for it. */
                            job_started: boolean;
                            language: string | null;
                            message: string;
                            metadata: {
                                [key: string]: unknown;
                            };
                            milvus_available: boolean;
                            /** @enum {string} */
                            searchable: "no" | "words" | "full";
                            /** @enum {string} */
                            status: "queued" | "processing" | "processed" | "failed";
                            /** @enum {string} */
                            storage_location: "database" | "database+milvus";
                            success: boolean;
                            title: string;
                            /** @description Of a duplicate: the fields sent with it that took the place of what was there. Others stay. */
                            updated: ("title" | "summary" | "metadata" | "chat_id")[];
                            /** @description Where redirects led to. */
                            url: string;
                            warnings: string[];
                        };
                    };
                };
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            chat_id?: string;
                            chunks: number;
                            content_length: number;
                            created_at: string;
                            database_available: boolean;
                            doc_id: string;
                            document_id: string;
                            /** @description The page has not changed since it was read: this is the document that is there. */
                            duplicate: boolean;
                            embedding_dimensions: number;
                            id: string;
                            job_id: string | null;
                            /** @description Whether this request began the job; cancel no other one for it. */
                            job_started: boolean;
                            language: string | null;
                            message: string;
                            metadata: {
                                [key: string]: unknown;
                            };
                            milvus_available: boolean;
                            /** @enum {string} */
                            searchable: "no" | "words" | "full";
                            /** @enum {string} */
                            status: "queued" | "processing" | "processed" | "failed";
                            /** @enum {string} */
                            storage_location: "database" | "database+milvus";
                            success: boolean;
                            title: string;
                            /** @description Of a duplicate: the fields sent with it that took the place of what was there. Others stay. */
                            updated: ("title" | "summary" | "metadata" | "chat_id")[];
                            /** @description Where redirects led to. */
                            url: string;
                            warnings: string[];
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Search the documents */
        post: {
            parameters: {
                query?: {
                    /** @description For administrators: whose things are meant. */
                    user_id?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        chunk_size?: number;
                        document_ids?: string[];
                        filters?: {
                            chat_ids?: string[];
                            created_before?: string;
                            created_from?: string;
                            /** @description Media types, as `fileType` in the metadata of an upload has them. */
                            file_types?: string[];
                            /** @description Values that the metadata given with a document have. */
                            metadata?: {
                                [key: string]: string | number | boolean;
                            };
                        };
                        /** @default true */
                        include_chunks?: boolean;
                        max_results?: number;
                        query: string;
                        relevance_threshold?: number;
                        /**
                         * @default hybrid
                         * @enum {string}
                         */
                        search_type?: "hybrid" | "semantic" | "keyword";
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            avg_semantic_similarity: number;
                            max_relevance: number;
                            message?: string;
                            query: string;
                            relevance_threshold: number;
                            results: {
                                chunk_analysis?: {
                                    top_chunks: {
                                        chunk_id: number;
                                        chunk_index: number;
                                        content: string;
                                        end_char: number;
                                        highlights?: {
                                            end: number;
                                            start: number;
                                        }[];
                                        page: number | null;
                                        semantic_similarity: number;
                                        similarity_score: number;
                                        start_char: number;
                                        version: number;
                                    }[];
                                    total_chunks: number;
                                };
                                content_length: number;
                                created_at: string;
                                document_id: string;
                                duplicates?: {
                                    chunk_id: number;
                                    document_id: string;
                                    title: string;
                                }[];
                                excerpt: string;
                                highlights?: {
                                    end: number;
                                    start: number;
                                }[];
                                keyword_score: number;
                                match_details: {
                                    content_overlap: number;
                                    max_chunk_similarity: number;
                                    overall_semantic_similarity: number;
                                    summary_overlap: number;
                                    threshold_used: number;
                                    title_overlap: number;
                                };
                                metadata: {
                                    [key: string]: unknown;
                                };
                                phrase_score: number;
                                relevance_score: number;
                                semantic_similarity: number;
                                summary: string;
                                title: string;
                            }[];
                            search_statistics: {
                                documents_above_threshold: number;
                                engine: string;
                                processing_time_ms: number;
                                threshold_used: number;
                            };
                            /** @enum {string} */
                            search_type: "hybrid" | "semantic" | "keyword";
                            total_documents_searched: number;
                            total_results: number;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settings/system-prompt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your system prompt */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            character_count: number;
                            has_custom_prompt: boolean;
                            system_prompt: string;
                            updated_at: string | null;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        /** Set your system prompt */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        system_prompt: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            character_count: number;
                            message: string;
                            system_prompt: string;
                            updated_at: string;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        post?: never;
        /** Remove your system prompt */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            message: string;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Statistics */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            active_connections: number;
                            api_calls_total: number;
                            average_response_time: number;
                            average_response_time_ms: number;
                            cache_hit_rate: number;
                            cache_status: string;
                            chunks_count: number;
                            detailed_stats: {
                                average_response_time_seconds: number;
                                cache_hits: number;
                                cache_misses: number;
                                cache_size: number;
                                /** @description In memory: everybody's words and vectors (MAX_INDEX_MEMORY). */
                                index_bytes: number;
                                total_response_time_ms: number;
                            };
                            documents_count: number;
                            documents_uploaded: number;
                            last_updated: string;
                            memory_documents: number;
                            milvus_available: boolean;
                            queries_today: number;
                            similarity_searches_performed: number;
                            status_message: string;
                            /** @enum {string} */
                            system_health: "ready" | "limited" | "healthy" | "slow";
                            system_start_time: string;
                            total_questions_processed: number;
                            total_size: number;
                            uptime_hours: number;
                            vectors_count: number;
                            websocket_connections_total: number;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stats/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Statistics as they were, a snapshot every quarter of an hour, newest first */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    offset?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            interval_seconds: number;
                            limit: number;
                            offset: number;
                            snapshots: {
                                api_calls_total: number;
                                at: string;
                                /** @description Since the beginning, as it was then. */
                                average_response_time_ms: number;
                                cache_hits: number;
                                cache_misses: number;
                                documents_count: number;
                                documents_uploaded: number;
                                similarity_searches_performed: number;
                                total_questions_processed: number;
                                total_size: number;
                                websocket_connections_total: number;
                            }[];
                            total: number;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/upload-file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Upload a file */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "multipart/form-data": {
                        chat_id?: string;
                        /** Format: binary */
                        file: string;
                        /** @description A JSON object. */
                        metadata?: string;
                        summary?: string;
                        title?: string;
                    };
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            chat_id?: string;
                            chunks: number;
                            content_length: number;
                            created_at: string;
                            database_available: boolean;
                            doc_id: string;
                            document_id: string;
                            /** @description The same bytes were uploaded before: this is the document that is there. */
                            duplicate: boolean;
                            embedding_dimensions: number;
                            id: string;
                            job_id: string | null;
                            /** @description Whether this request began the job; cancel no other one for it. */
                            job_started: boolean;
                            language: string | null;
                            message: string;
                            metadata: {
                                [key: string]: unknown;
                            };
                            milvus_available: boolean;
                            /** @enum {string} */
                            searchable: "no" | "words" | "full";
                            /** @enum {string} */
                            status: "queued" | "processing" | "processed" | "failed";
                            /** @enum {string} */
                            storage_location: "database" | "database+milvus";
                            success: boolean;
                            title: string;
                            /** @description Of a duplicate: the fields sent with it that took the place of what was there. Others stay. */
                            updated: ("title" | "summary" | "metadata" | "chat_id")[];
                            warnings: string[];
                        };
                    };
                };
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            chat_id?: string;
                            chunks: number;
                            content_length: number;
                            created_at: string;
                            database_available: boolean;
                            doc_id: string;
                            document_id: string;
                            /** @description The same bytes were uploaded before: this is the document that is there. */
                            duplicate: boolean;
                            embedding_dimensions: number;
                            id: string;
                            job_id: string | null;
                            /** @description Whether this request began the job; cancel no other one for it. */
                            job_started: boolean;
                            language: string | null;
                            message: string;
                            metadata: {
                                [key: string]: unknown;
                            };
                            milvus_available: boolean;
                            /** @enum {string} */
                            searchable: "no" | "words" | "full";
                            /** @enum {string} */
                            status: "queued" | "processing" | "processed" | "failed";
                            /** @enum {string} */
                            storage_location: "database" | "database+milvus";
                            success: boolean;
                            title: string;
                            /** @description Of a duplicate: the fields sent with it that took the place of what was there. Others stay. */
                            updated: ("title" | "summary" | "metadata" | "chat_id")[];
                            warnings: string[];
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user_id}/chat-history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Questions of a user and their answers, newest first */
        get: {
            parameters: {
                query?: {
                    limit?: number;
                    offset?: number;
                };
                header?: never;
                path: {
                    user_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            chat_history: {
                                answer: string;
                                chat_id: string | null;
                                confidence: number;
                                /** @description Seconds. */
                                processing_time: number;
                                question: string;
                                reasoning: string;
                                session_id: string | null;
                                sources_used: {
                                    [key: string]: unknown;
                                }[];
                                timestamp: string;
                            }[];
                            limit: number;
                            total_entries: number;
                            user_id: string;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vector-store": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far Milvus has caught up */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Changes of documents that it does not show yet; null while it is being filled */
                            behind: number | null;
                            /** @description What the vectors are kept in; null: the model or the server has not answered yet */
                            collection: string | null;
                            /** @description What the last comparison with the database found, and put right */
                            comparison: {
                                /** @description Passages that were missing or outdated */
                                added: number;
                                /** Format: date-time */
                                at: string;
                                passages: number;
                                /** @description Rows that no passage has */
                                removed: number;
                            } | null;
                            /** @description Whether words are looked for there as well; null: it has not answered yet */
                            full_text: boolean | null;
                            /**
                             * @description `away`: it does not answer; `filling`: being filled or compared; `following`: catching up, then counted
                             * @enum {string}
                             */
                            state: "away" | "filling" | "following" | "current";
                            /** @description Of the server */
                            version: string | null;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vector-store/comparison": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Compare the vectors in Milvus with the database, and put right what differs */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Changes of documents that it does not show yet; null while it is being filled */
                            behind: number | null;
                            /** @description What the vectors are kept in; null: the model or the server has not answered yet */
                            collection: string | null;
                            /** @description What the last comparison with the database found, and put right */
                            comparison: {
                                /** @description Passages that were missing or outdated */
                                added: number;
                                /** Format: date-time */
                                at: string;
                                passages: number;
                                /** @description Rows that no passage has */
                                removed: number;
                            } | null;
                            /** @description Whether words are looked for there as well; null: it has not answered yet */
                            full_text: boolean | null;
                            /**
                             * @description `away`: it does not answer; `filling`: being filled or compared; `following`: catching up, then counted
                             * @enum {string}
                             */
                            state: "away" | "filling" | "following" | "current";
                            /** @description Of the server */
                            version: string | null;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Health of each service */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            metrics: {
                                active_websocket_connections: number;
                                cache_entries: number;
                                documents_in_memory: number;
                                total_questions_processed: number;
                                uptime_seconds: number;
                            };
                            services: {
                                /** @enum {string} */
                                api: "healthy" | "unhealthy" | "not_configured" | "not_available";
                                /** @enum {string} */
                                database: "healthy" | "unhealthy" | "not_configured" | "not_available";
                                /** @enum {string} */
                                embeddings: "healthy" | "unhealthy" | "not_configured" | "not_available";
                                /** @enum {string} */
                                llm: "healthy" | "unhealthy" | "not_configured" | "not_available";
                                /** @enum {string} */
                                memory_cache: "healthy" | "unhealthy" | "not_configured" | "not_available";
                                /** @enum {string} */
                                milvus: "connected" | "disconnected" | "not_configured";
                                /**
                                 * @description What instances share. While it is away this one goes on with what it has in memory.
                                 * @enum {string}
                                 */
                                redis: "connected" | "disconnected" | "not_configured";
                                /** @enum {string} */
                                vector_search: "healthy" | "unhealthy" | "not_configured" | "not_available";
                                /** @enum {string} */
                                websocket: "healthy" | "unhealthy" | "not_configured" | "not_available";
                            };
                            /** @enum {string} */
                            status: "healthy" | "degraded" | "unhealthy";
                            timestamp: string;
                            version: string;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                /** @description Default Response */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /**
                             * @description Stable; see docs/errors.md.
                             * @enum {string}
                             */
                            code: "malformed_request" | "empty_question" | "email_taken" | "wrong_password" | "open_mode_local_only" | "https_required" | "blocked_address" | "forbidden" | "signup_closed" | "unauthorized" | "not_found" | "request_timeout" | "conflict" | "cancelled" | "interrupted" | "gone" | "payload_too_large" | "question_too_long" | "unsupported_media_type" | "invalid_request" | "document_empty" | "document_encrypted" | "document_corrupt" | "document_type_mismatch" | "document_too_complex" | "upgrade_required" | "too_many_requests" | "headers_too_large" | "client_closed_request" | "internal_error" | "not_available" | "upstream_failed" | "not_configured" | "not_ready" | "overloaded" | "timed_out" | "storage_full" | "index_full";
                            /** @description What went wrong and what can be done about it. */
                            detail: string;
                            errors?: {
                                message: string;
                                path: string;
                            }[];
                            metrics: {
                                active_websocket_connections: number;
                                cache_entries: number;
                                documents_in_memory: number;
                                total_questions_processed: number;
                                uptime_seconds: number;
                            };
                            request_id: string;
                            services: {
                                /** @enum {string} */
                                api: "healthy" | "unhealthy" | "not_configured" | "not_available";
                                /** @enum {string} */
                                database: "healthy" | "unhealthy" | "not_configured" | "not_available";
                                /** @enum {string} */
                                embeddings: "healthy" | "unhealthy" | "not_configured" | "not_available";
                                /** @enum {string} */
                                llm: "healthy" | "unhealthy" | "not_configured" | "not_available";
                                /** @enum {string} */
                                memory_cache: "healthy" | "unhealthy" | "not_configured" | "not_available";
                                /** @enum {string} */
                                milvus: "connected" | "disconnected" | "not_configured";
                                /**
                                 * @description What instances share. While it is away this one goes on with what it has in memory.
                                 * @enum {string}
                                 */
                                redis: "connected" | "disconnected" | "not_configured";
                                /** @enum {string} */
                                vector_search: "healthy" | "unhealthy" | "not_configured" | "not_available";
                                /** @enum {string} */
                                websocket: "healthy" | "unhealthy" | "not_configured" | "not_available";
                            };
                            /** @enum {string} */
                            status: "healthy" | "degraded" | "unhealthy";
                            timestamp: string;
                            version: string;
                        };
                    };
                };
                507: components["responses"]["Error507"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The process answers */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            status: string;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                503: components["responses"]["Error503"];
                507: components["responses"]["Error507"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A search sees every committed document */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            status: string;
                        };
                    };
                };
                400: components["responses"]["Error400"];
                401: components["responses"]["Error401"];
                403: components["responses"]["Error403"];
                404: components["responses"]["Error404"];
                408: components["responses"]["Error408"];
                409: components["responses"]["Error409"];
                410: components["responses"]["Error410"];
                413: components["responses"]["Error413"];
                415: components["responses"]["Error415"];
                422: components["responses"]["Error422"];
                426: components["responses"]["Error426"];
                429: components["responses"]["Error429"];
                431: components["responses"]["Error431"];
                499: components["responses"]["Error499"];
                500: components["responses"]["Error500"];
                501: components["responses"]["Error501"];
                502: components["responses"]["Error502"];
                /** @description Default Response */
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /**
                             * @description Stable; see docs/errors.md.
                             * @enum {string}
                             */
                            code: "malformed_request" | "empty_question" | "email_taken" | "wrong_password" | "open_mode_local_only" | "https_required" | "blocked_address" | "forbidden" | "signup_closed" | "unauthorized" | "not_found" | "request_timeout" | "conflict" | "cancelled" | "interrupted" | "gone" | "payload_too_large" | "question_too_long" | "unsupported_media_type" | "invalid_request" | "document_empty" | "document_encrypted" | "document_corrupt" | "document_type_mismatch" | "document_too_complex" | "upgrade_required" | "too_many_requests" | "headers_too_large" | "client_closed_request" | "internal_error" | "not_available" | "upstream_failed" | "not_configured" | "not_ready" | "overloaded" | "timed_out" | "storage_full" | "index_full";
                            /** @description What went wrong and what can be done about it. */
                            detail: string;
                            errors?: {
                                message: string;
                                path: string;
                            }[];
                            request_id: string;
                            status: string;
                        };
                    };
                };
                507: components["responses"]["Error507"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Problem: {
            /**
             * @description Stable; see docs/errors.md.
             * @enum {string}
             */
            code: "malformed_request" | "empty_question" | "email_taken" | "wrong_password" | "open_mode_local_only" | "https_required" | "blocked_address" | "forbidden" | "signup_closed" | "unauthorized" | "not_found" | "request_timeout" | "conflict" | "cancelled" | "interrupted" | "gone" | "payload_too_large" | "question_too_long" | "unsupported_media_type" | "invalid_request" | "document_empty" | "document_encrypted" | "document_corrupt" | "document_type_mismatch" | "document_too_complex" | "upgrade_required" | "too_many_requests" | "headers_too_large" | "client_closed_request" | "internal_error" | "not_available" | "upstream_failed" | "not_configured" | "not_ready" | "overloaded" | "timed_out" | "storage_full" | "index_full";
            /** @description What went wrong and what can be done about it. */
            detail: string;
            errors?: {
                message: string;
                path: string;
            }[];
            request_id: string;
        };
        ProblemInput: {
            /**
             * @description Stable; see docs/errors.md.
             * @enum {string}
             */
            code: "malformed_request" | "empty_question" | "email_taken" | "wrong_password" | "open_mode_local_only" | "https_required" | "blocked_address" | "forbidden" | "signup_closed" | "unauthorized" | "not_found" | "request_timeout" | "conflict" | "cancelled" | "interrupted" | "gone" | "payload_too_large" | "question_too_long" | "unsupported_media_type" | "invalid_request" | "document_empty" | "document_encrypted" | "document_corrupt" | "document_type_mismatch" | "document_too_complex" | "upgrade_required" | "too_many_requests" | "headers_too_large" | "client_closed_request" | "internal_error" | "not_available" | "upstream_failed" | "not_configured" | "not_ready" | "overloaded" | "timed_out" | "storage_full" | "index_full";
            /** @description What went wrong and what can be done about it. */
            detail: string;
            errors?: {
                message: string;
                path: string;
            }[];
            request_id: string;
        };
    };
    responses: {
        /** @description malformed_request, empty_question, email_taken, wrong_password */
        Error400: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Problem"];
            };
        };
        /** @description unauthorized */
        Error401: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Problem"];
            };
        };
        /** @description open_mode_local_only, https_required, blocked_address, forbidden, signup_closed */
        Error403: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Problem"];
            };
        };
        /** @description not_found */
        Error404: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Problem"];
            };
        };
        /** @description request_timeout */
        Error408: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Problem"];
            };
        };
        /** @description conflict, cancelled, interrupted */
        Error409: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Problem"];
            };
        };
        /** @description gone */
        Error410: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Problem"];
            };
        };
        /** @description payload_too_large, question_too_long */
        Error413: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Problem"];
            };
        };
        /** @description unsupported_media_type */
        Error415: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Problem"];
            };
        };
        /** @description invalid_request, document_empty, document_encrypted, document_corrupt, document_type_mismatch, document_too_complex */
        Error422: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Problem"];
            };
        };
        /** @description upgrade_required */
        Error426: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Problem"];
            };
        };
        /** @description too_many_requests */
        Error429: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Problem"];
            };
        };
        /** @description headers_too_large */
        Error431: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Problem"];
            };
        };
        /** @description client_closed_request */
        Error499: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Problem"];
            };
        };
        /** @description internal_error */
        Error500: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Problem"];
            };
        };
        /** @description not_available */
        Error501: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Problem"];
            };
        };
        /** @description upstream_failed */
        Error502: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Problem"];
            };
        };
        /** @description not_configured, not_ready, overloaded, timed_out */
        Error503: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Problem"];
            };
        };
        /** @description storage_full, index_full */
        Error507: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
