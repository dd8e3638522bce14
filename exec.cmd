@rem `npm start` is `exec node ...`: a shell replaces itself by the server, which then gets npm's signals. cmd has no exec.
@%*
