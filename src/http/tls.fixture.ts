// Certificates for tests, valid from 2020 to 2120 unless they say otherwise. They were made once with openssl, so that no
// test needs it: keys of `openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes`, signed by
// `openssl ca -startdate 20200101000000Z -enddate 21200101000000Z`. The keys guard nothing.

export interface TestCertificate {
  readonly cert: string
  readonly key: string
}

/** Signed by itself, for localhost, 127.0.0.1 and ::1. */
export const LOCALHOST: TestCertificate = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBaDCCAQ6gAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM
CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABHv7Jyx3BamyM23D
dH35u5XMv2Z4A4Lkos+xR7JhqKuZBMxFo7TdlrTSPuFByon8jTXQXKd3/5WRXfny
xQK5DmKjTzBNMCwGA1UdEQQlMCOCCWxvY2FsaG9zdIcEfwAAAYcQAAAAAAAAAAAA
AAAAAAAAATAdBgNVHQ4EFgQUbGAIIlSfJ8AiLd1bE2pCjui10cMwCgYIKoZIzj0E
AwIDSAAwRQIgciqFfcwt0kr7o08V5a8rSMs62Jgojgmn7d4bZQEEFtkCIQCmsG0H
fyDIsimarfE0B+xjBSdRu6kkA8YrP1ocGuhxSw==
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg2/C8QHVAykoQFSmt
/MjBHxN3dBi74SOKq1g3KFOkBVWhRANCAAR7+ycsdwWpsjNtw3R9+buVzL9meAOC
5KLPsUeyYairmQTMRaO03Za00j7hQcqJ/I010Fynd/+VkV358sUCuQ5i
-----END PRIVATE KEY-----
`,
}

/** Signed by an authority that nobody knows, for rag.example.org. */
export const OTHER: TestCertificate = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBgzCCASqgAwIBAgIBAjAKBggqhkjOPQQDAjAbMRkwFwYDVQQDDBBBIHRlc3Qg
YXV0aG9yaXR5MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAaMRgw
FgYDVQQDDA9yYWcuZXhhbXBsZS5vcmcwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AASxg/SiIxOj8jyKIKcKsbGwEjDejQe5Ad0OpIwHzU4wWnwbwSs1p1BtjtH/aSy5
gI4/YJgKIEo5OgciB7HwBt7do14wXDAaBgNVHREEEzARgg9yYWcuZXhhbXBsZS5v
cmcwHQYDVR0OBBYEFPcx4SqjFPCk3fydAqfe/CO1vQ3KMB8GA1UdIwQYMBaAFNSu
g+UcTDHlZbXYzd1KOa2iu73qMAoGCCqGSM49BAMCA0cAMEQCIAqqOtXbJ4vnGLhO
yVoQBwWHJP+tglUsgO6X78l+thEWAiAirPEbzWB3yco9WaqMXAAX5MFhYWVl9bVh
zTURKHh9fw==
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgA6NCkVO9suToK6da
18/HjzniXV+9Jr3Ncq/a0igOjBOhRANCAASxg/SiIxOj8jyKIKcKsbGwEjDejQe5
Ad0OpIwHzU4wWnwbwSs1p1BtjtH/aSy5gI4/YJgKIEo5OgciB7HwBt7d
-----END PRIVATE KEY-----
`,
}

/** Signed by itself, for localhost, and valid on 1 January 2020 only. */
export const EXPIRED: TestCertificate = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBUzCB+qADAgECAgEDMAoGCCqGSM49BAMCMBQxEjAQBgNVBAMMCWxvY2FsaG9z
dDAeFw0yMDAxMDEwMDAwMDBaFw0yMDAxMDIwMDAwMDBaMBQxEjAQBgNVBAMMCWxv
Y2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABPcqkD8RMkNDASC5rfkk
QTjEw9b4cN49DlxUlgcxaX3FpveV7pRvRKtOZx2A4XtZ13nCAQwu7VRkjSZWHl0I
lKCjPTA7MBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAAATAdBgNVHQ4EFgQUBgaV
m/FrjpM4VcvvNbRgk14SwfgwCgYIKoZIzj0EAwIDSAAwRQIhAMV097q7OvUHqBF+
5QQ7EnEjnA3Gf1NM43Mv2R4o+UVVAiBXK3sGhYC1S7oQwaZ3+5Q5mw/pRR4t44SZ
lpIhEcbhCQ==
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQguM1NO3/atC5+wJLe
dyNc4cE6Pnmu2/JUT6PnIQghL72hRANCAAT3KpA/ETJDQwEgua35JEE4xMPW+HDe
PQ5cVJYHMWl9xab3le6Ub0SrTmcdgOF7Wdd5wgEMLu1UZI0mVh5dCJSg
-----END PRIVATE KEY-----
`,
}
