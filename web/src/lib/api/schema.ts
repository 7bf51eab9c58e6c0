// Generated from the OpenAPI document by `npm run types`. Not edited by hand.

export interface paths {
    "/api/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The same as /api/v1/logs. */
        get: operations["list_logs_alias"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agent": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where agents connect: a WebSocket with the subprotocol fettle.agent.v1. */
        get: operations["connect_agent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agent-versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Which versions the agents of the fleet have, the most frequent first. */
        get: operations["get_agent_versions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists who did what, when, through what, newest first. */
        get: operations["list_audit_entries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/backup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A copy of the server's own data as one archive, taken while it works; for `fettle restore-self`. Without the master key. */
        get: operations["get_backup"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/enroll": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A machine joins with its token and its public key. */
        post: operations["enroll_host"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/enrolment-tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A single-use token, and the command that brings a machine into the fleet with it. */
        post: operations["create_enrolment_token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/enrolment-tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What became of a token: waiting, used (and by which host), or expired. */
        get: operations["get_enrolment_token"];
        put?: never;
        post?: never;
        /** Makes an unused token worthless. */
        delete: operations["revoke_enrolment_token"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/environments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the environments that one may see, in the order of their ids. */
        get: operations["list_environments"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists what happened, newest first, in the environments that one may see. */
        get: operations["list_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hosts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Hosts that the caller may see, by name. */
        get: operations["list_hosts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hosts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One host. */
        get: operations["get_host"];
        put?: never;
        post?: never;
        /** Removes a host: its key is revoked and its connection closed. */
        delete: operations["remove_host"];
        options?: never;
        head?: never;
        /** Gives a host another name, or other labels by hand; what is not given stays. */
        patch: operations["edit_host"];
        trace?: never;
    };
    "/api/v1/hosts/{id}/layout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the values of metric_update mean, in order. */
        get: operations["get_layout"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hosts/{id}/move": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Moves a host to another environment, with its samples and events. Takes the permission in both. */
        post: operations["move_host"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hosts/{id}/re-enrol": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A single-use token with which the machine gets a new key and stays the same host. */
        post: operations["re_enrol_host"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hosts/{id}/series": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Series of a host over a range, as columns; JSON or CSV. */
        get: operations["get_series"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Gives the newest lines of the server's own log, oldest first; with follow=true as server-sent events that go on with each new line. */
        get: operations["list_logs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document. */
        get: operations["get_openapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Says who asks, and what they may. */
        get: operations["get_session"];
        put?: never;
        /** Starts a session and gives its cookie. */
        post: operations["log_in"];
        /** Ends the session of this cookie. */
        delete: operations["log_out"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/setup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Says whether this server still waits for its first administrator. */
        get: operations["get_setup"];
        put?: never;
        /** Makes the first administrator with the setup token, and logs in. */
        post: operations["set_up"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sparklines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** CPU and network of every host over the last 15 minutes, for small charts. */
        get: operations["get_sparklines"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happens, as it happens: server-sent events of the topics fleet, events and host:<id>. */
        get: operations["open_stream"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stream/{connection}/topics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Changes the topics of an open stream of one's own. */
        put: operations["set_stream_topics"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists one's own tokens, newest first. */
        get: operations["list_tokens"];
        put?: never;
        /** Makes a token for a program; its text is shown this once. */
        post: operations["make_token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revokes a token at once. */
        delete: operations["revoke_token"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/download/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The program of this server, and with .sha256 its checksum. */
        get: operations["download_program"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/install.sh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Makes a machine a host: a shell script without a secret. */
        get: operations["get_install_script"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/livez": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** 200 as long as the process answers at all. */
        get: operations["get_livez"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The server's figures and the hosts' newest samples, for Prometheus. */
        get: operations["get_metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** 200 while the server takes work, else 503; ?verbose lists what was checked. */
        get: operations["get_readyz"];
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
        Actor: {
            id: string;
            kind: string;
            name: string;
        };
        Agent: {
            outdated: boolean;
            protocol: string;
            /** Format: date-time */
            started_at: string;
            version: string;
        };
        AgentVersion: {
            hosts: number;
            outdated: boolean;
            version: string;
        };
        AgentVersions: {
            server_version: string;
            unknown: number;
            versions: components["schemas"]["AgentVersion"][];
        };
        AuditEntry: {
            action: string;
            actor: components["schemas"]["Actor"];
            address: string;
            /** Format: date-time */
            at: string;
            detail: string;
            hash: string;
            object: string;
            sequence: number;
        };
        AuditEntryPage: {
            items: components["schemas"]["AuditEntry"][];
            next_cursor: string | null;
        };
        EnrolAnswer: {
            environment_id: string;
            host_id: string;
            name: string;
            server_id: string;
        };
        EnrolmentToken: {
            certificate_pin: string | null;
            command: string | null;
            environment_id: string;
            /** Format: date-time */
            expires_at: string;
            hint: string | null;
            host_id: string | null;
            id: string;
            install_command: string | null;
            public_url: string | null;
            /** @enum {string} */
            state: "waiting" | "used" | "expired";
            token: string | null;
        };
        EnrolRequestInput: {
            machine?: unknown;
            name: string;
            public_key: string;
            token: string;
        };
        Environment: {
            id: string;
            name: string;
        };
        EnvironmentPage: {
            items: components["schemas"]["Environment"][];
            next_cursor: string | null;
        };
        Event: {
            /** Format: date-time */
            at: string;
            environment_id: string;
            fields: {
                [key: string]: string;
            };
            id: string;
            message: string;
            /** @enum {string} */
            severity: "info" | "success" | "warning" | "error";
            source: components["schemas"]["EventSource"];
            type: string;
        };
        EventPage: {
            items: components["schemas"]["Event"][];
            next_cursor: string | null;
        };
        EventSource: {
            id: string;
            kind: string;
            name: string;
        };
        Host: {
            address: string | null;
            agent: components["schemas"]["Agent"] | null;
            clock_skew_ms: number | null;
            clock_skewed: boolean;
            dropped_heartbeats: number;
            /** Format: date-time */
            enrolled_at: string;
            environment_id: string;
            id: string;
            interval_ms: number;
            key_changed_at: string | null;
            labels: {
                [key: string]: string;
            };
            labels_by_agent: {
                [key: string]: string;
            };
            labels_by_hand: {
                [key: string]: string;
            };
            last_seen_at: string | null;
            locked_at: string | null;
            machine: components["schemas"]["Machine"] | null;
            name: string;
            number: number;
            refusal: components["schemas"]["Refusal"] | null;
            revision: number;
            /** @enum {string} */
            state: "waiting" | "online" | "late" | "offline";
            state_reason: string;
            /** Format: date-time */
            state_since: string;
            summary: components["schemas"]["Summary"] | null;
            units: components["schemas"]["Units"] | null;
        };
        HostEditInput: {
            labels?: {
                [key: string]: string;
            } | null;
            name?: string | null;
        };
        HostMove: {
            environment_id: string;
        };
        HostPage: {
            items: components["schemas"]["Host"][];
            next_cursor: string | null;
        };
        Layout: {
            layout: string;
            series: components["schemas"]["SeriesInfo"][];
        };
        LogInRequest: {
            name: string;
            password: string;
        };
        LogLine: {
            /** Format: date-time */
            at: string;
            component: string;
            count: number;
            fields: {
                [key: string]: string;
            };
            id: number;
            /** Format: date-time */
            last_at: string;
            /** @enum {string} */
            level: "trace" | "debug" | "info" | "warn" | "error";
            message: string;
        };
        LogLines: {
            has_older: boolean;
            items: components["schemas"]["LogLine"][];
        };
        LogSkipped: {
            skipped: number;
        };
        Machine: {
            architecture: string;
            boot_id: string;
            booted_at: string | null;
            cores: number;
            cpu_model: string;
            hostname: string;
            kernel: string;
            memory_bytes: number;
            os: string;
            virtualization: string;
        };
        NewEnrolmentTokenInput: {
            environment_id?: string | null;
            name?: string | null;
        };
        NewToken: {
            /** Format: date-time */
            created_at: string;
            environment_id: string | null;
            expires_at: string | null;
            id: string;
            last_used_at: string | null;
            name: string;
            scopes: ("read" | "operate" | "admin" | "metrics")[];
            token: string;
        };
        NewTokenRequestInput: {
            environment_id?: string | null;
            expires_at?: string | null;
            name: string;
            scopes: ("read" | "operate" | "admin" | "metrics")[];
        };
        Principal: {
            id: string;
            /** @enum {string} */
            kind: "anonymous" | "person" | "token";
            name: string;
        };
        Problem: {
            code: string;
            detail: string;
            errors?: {
                detail: string;
                pointer: string;
            }[];
            request_id: string;
            status: number;
            title: string;
            type: string;
        };
        Refusal: {
            address: string;
            /** Format: date-time */
            at: string;
            code: string;
            detail: string;
        };
        SeriesAnswer: {
            from: number;
            host_id: string;
            series: components["schemas"]["SeriesColumns"][];
            step_ms: number;
            tier: string;
            times: number[];
            to: number;
        };
        SeriesColumns: {
            key: string;
            /** @enum {string} */
            kind: "gauge" | "counter" | "unknown";
            label: string;
            max: (number | null)[];
            mean: (number | null)[];
            metric: string;
            min: (number | null)[];
            /** @enum {string} */
            unit: "percent" | "bytes" | "bytes_per_second" | "per_second" | "count" | "seconds" | "load" | "celsius";
        };
        SeriesInfo: {
            key: string;
            /** @enum {string} */
            kind: "gauge" | "counter" | "unknown";
            label: string;
            metric: string;
            /** @enum {string} */
            unit: "percent" | "bytes" | "bytes_per_second" | "per_second" | "count" | "seconds" | "load" | "celsius";
        };
        SessionEnvironment: {
            id: string;
            name: string;
            permissions: string[];
            role: string;
        };
        SessionInfo: {
            environments: components["schemas"]["SessionEnvironment"][];
            expires_at: string | null;
            principal: components["schemas"]["Principal"];
            server_administrator: boolean;
        };
        SetupRequest: {
            name: string;
            password: string;
            token: string;
        };
        SetupState: {
            needed: boolean;
        };
        Sparkline: {
            cpu_percent: (number | null)[];
            number: number;
            rx: (number | null)[];
            tx: (number | null)[];
        };
        Sparklines: {
            hosts: components["schemas"]["Sparkline"][];
            step_ms: number;
            times: number[];
        };
        StreamEvent: components["schemas"]["Event"];
        StreamFleetStatus: {
            at: number;
            environment_id: string;
            hosts: [
                number,
                number,
                number,
                number,
                number,
                number,
                number
            ][];
        };
        StreamHello: {
            connection: string;
            epoch: string;
            now: number;
            tick_ms: number;
            topics: string[];
            version: string;
        };
        StreamLogEntry: components["schemas"]["LogLine"] | components["schemas"]["LogSkipped"];
        StreamMetricUpdate: {
            at: number;
            host_id: string;
            interval_ms: number;
            layout: string;
            values: (number | null)[];
        };
        StreamResync: {
            reason: string;
        };
        StreamStatusChange: {
            at: number;
            environment_id: string;
            from: string;
            host_id: string;
            name: string;
            reason: string;
            to: string;
            what: string;
        };
        Summary: {
            at: number;
            cpu_percent: number | null;
            disk_mount: string | null;
            disk_percent: number | null;
            memory_percent: number | null;
            rx_bytes_per_second: number | null;
            tx_bytes_per_second: number | null;
        };
        Token: {
            /** Format: date-time */
            created_at: string;
            environment_id: string | null;
            expires_at: string | null;
            id: string;
            last_used_at: string | null;
            name: string;
            scopes: ("read" | "operate" | "admin" | "metrics")[];
        };
        TokenPage: {
            items: components["schemas"]["Token"][];
            next_cursor: string | null;
        };
        TopicsInput: {
            topics: string[];
        };
        Units: {
            failed: string[];
            failed_total: number;
        };
    };
    responses: {
        /** @description What is wrong (RFC 9457). */
        Problem: {
            headers: {
                /** @description Seconds after which it is worth trying again; with 429 and 503. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    list_logs_alias: {
        parameters: {
            query?: {
                after?: number;
                before?: number;
                follow?: boolean;
                level?: "trace" | "debug" | "info" | "warn" | "error";
                lines?: number;
                query?: string;
                since?: string;
            };
            header?: {
                /** @description With follow=true: id of the last line that was seen. */
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogLines"];
                    "text/event-stream": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    connect_agent: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Switching Protocols */
            101: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    get_agent_versions: {
        parameters: {
            query?: {
                environment?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentVersions"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    list_audit_entries: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditEntryPage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    get_backup: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/zstd": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    enroll_host: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EnrolRequestInput"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EnrolAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    create_enrolment_token: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewEnrolmentTokenInput"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EnrolmentToken"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    get_enrolment_token: {
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
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EnrolmentToken"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    revoke_enrolment_token: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    list_environments: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EnvironmentPage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    list_events: {
        parameters: {
            query?: {
                cursor?: string;
                environment?: string;
                host_id?: string;
                limit?: number;
                severity?: "info" | "success" | "warning" | "error";
                type?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventPage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    list_hosts: {
        parameters: {
            query?: {
                cursor?: string;
                environment?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HostPage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    get_host: {
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
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Host"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    remove_host: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    edit_host: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the host must still have; else 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HostEditInput"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Host"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    get_layout: {
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
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Layout"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    move_host: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the host must still have; else 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HostMove"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Host"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    re_enrol_host: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EnrolmentToken"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    get_series: {
        parameters: {
            query?: {
                format?: string;
                from?: number;
                keys?: string;
                points?: number;
                to?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SeriesAnswer"];
                    "text/csv": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    list_logs: {
        parameters: {
            query?: {
                after?: number;
                before?: number;
                follow?: boolean;
                level?: "trace" | "debug" | "info" | "warn" | "error";
                lines?: number;
                query?: string;
                since?: string;
            };
            header?: {
                /** @description With follow=true: id of the last line that was seen. */
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogLines"];
                    "text/event-stream": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    get_openapi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    get_session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionInfo"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    log_in: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LogInRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionInfo"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    log_out: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    get_setup: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SetupState"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    set_up: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetupRequest"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionInfo"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    get_sparklines: {
        parameters: {
            query?: {
                environment?: string;
                points?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sparklines"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    open_stream: {
        parameters: {
            query?: {
                topics?: string;
            };
            header?: {
                /** @description Id of the last message that was seen; what came since is sent again. */
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    set_stream_topics: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. */
                "Idempotency-Key"?: string;
            };
            path: {
                connection: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TopicsInput"];
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    list_tokens: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenPage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    make_token: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewTokenRequestInput"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewToken"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    revoke_token: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    download_program: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                    "text/plain": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    get_install_script: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/x-shellscript": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    get_livez: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    get_metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/openmetrics-text": string;
                    "text/plain": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    get_readyz: {
        parameters: {
            query?: {
                verbose?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
}
