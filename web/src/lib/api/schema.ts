// Generated from the OpenAPI document by `npm run types`. Not edited by hand.

export interface paths {
    "/api/v1/account": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One's own account. */
        get: operations["get_account"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Changes one's own password; all other sessions end. */
        post: operations["change_password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/recovery-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Gives ten new recovery codes, this once; those before are worthless. */
        post: operations["renew_recovery_codes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists where one is logged in, newest first. */
        get: operations["list_own_sessions"];
        put?: never;
        post?: never;
        /** Ends all sessions of oneself but the one that asks. */
        delete: operations["end_other_sessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/sessions/{session}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Ends one session of oneself at once. */
        delete: operations["end_own_session"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes a secret for an authenticator app; it counts once a code has confirmed it. */
        post: operations["begin_totp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/totp/confirmation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Turns the second factor on with its first code; gives the recovery codes, this once. */
        post: operations["confirm_totp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/account/totp/removal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Turns the second factor off. */
        post: operations["remove_totp"];
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
    "/api/v1/audit/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The newest 50,000 entries that the filter lets through, as CSV or JSON lines; `cursor` is the sequence to go on from. */
        get: operations["export_audit_entries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/verification": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Walks the whole chain and says whether it is intact, or which entry is the first that is not. */
        get: operations["verify_audit"];
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
        /** Makes an environment; who makes it becomes its administrator. */
        post: operations["make_environment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/environments/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Removes an empty environment, with the roles in it. */
        delete: operations["remove_environment"];
        options?: never;
        head?: never;
        /** Gives an environment another name. */
        patch: operations["rename_environment"];
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
        patch?: never;
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
    "/api/v1/invitation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Says whom an invitation is for. */
        post: operations["look_at_invitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invitation/acceptance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sets the password of whom the invitation is for, once, and logs in. */
        post: operations["accept_invitation"];
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
    "/api/v1/people": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists people by name, with their roles. */
        get: operations["list_people"];
        put?: never;
        /** Makes a person, and a one-time link with which that person sets a password. */
        post: operations["invite_person"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/people/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One person, with an ETag for changes. */
        get: operations["get_person"];
        put?: never;
        post?: never;
        /** Removes a person with all sessions and tokens; the audit log keeps the name. */
        delete: operations["remove_person"];
        options?: never;
        head?: never;
        /** Changes name, roles, state; open streams follow at once. */
        patch: operations["change_person"];
        trace?: never;
    };
    "/api/v1/people/{id}/invitation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends password and sessions of a person at once, and gives a new one-time link. */
        post: operations["reset_person"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/people/{id}/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists where a person is logged in, newest first. */
        get: operations["list_person_sessions"];
        put?: never;
        post?: never;
        /** Ends all sessions of a person but the one that asks. */
        delete: operations["end_person_sessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/people/{id}/sessions/{session}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Ends one session of a person at once. */
        delete: operations["end_person_session"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/people/{id}/totp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Takes a person's second factor away, for who has lost it. */
        delete: operations["remove_person_totp"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/server/environments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists all environments by name, with what is in each. */
        get: operations["list_all_environments"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/server/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists everybody's tokens, newest first. */
        get: operations["list_all_tokens"];
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
        AcceptInvitationInput: {
            code?: string | null;
            password: string;
            token: string;
        };
        Account: {
            id: string;
            name: string;
            password_changed_at: string | null;
            recovery_codes: number;
            totp: boolean;
        };
        Actor: {
            id: string;
            kind: string;
            name: string;
        };
        Agent: {
            protocol: string;
            /** Format: date-time */
            started_at: string;
            version: string;
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
        AuditVerdict: {
            /** Format: date-time */
            at: string;
            broken_at: number | null;
            detail: string;
            entries: number;
            intact: boolean;
        };
        BeginTotp: {
            current_password: string;
        };
        ChangePassword: {
            current_password: string;
            password: string;
        };
        EnrolAnswer: {
            environment_id: string;
            host_id: string;
            name: string;
            server_id: string;
        };
        EnrolmentToken: {
            command: string | null;
            environment_id: string;
            /** Format: date-time */
            expires_at: string;
            hint: string | null;
            host_id: string | null;
            id: string;
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
        EnvironmentName: {
            name: string;
        };
        EnvironmentNote: {
            built_in: boolean;
            /** Format: date-time */
            created_at: string;
            hosts: number;
            id: string;
            name: string;
            people: number;
            version: number;
        };
        EnvironmentNotePage: {
            items: components["schemas"]["EnvironmentNote"][];
            next_cursor: string | null;
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
            labels: {
                [key: string]: string;
            };
            last_seen_at: string | null;
            machine: components["schemas"]["Machine"] | null;
            name: string;
            number: number;
            /** @enum {string} */
            state: "waiting" | "online" | "late" | "offline";
            state_reason: string;
            /** Format: date-time */
            state_since: string;
            summary: components["schemas"]["Summary"] | null;
        };
        HostPage: {
            items: components["schemas"]["Host"][];
            next_cursor: string | null;
        };
        InvitationNote: {
            code_needed: boolean;
            /** Format: date-time */
            expires_at: string;
            name: string;
        };
        InvitationToken: {
            token: string;
        };
        Invited: {
            /** Format: date-time */
            expires_at: string;
            person: components["schemas"]["Person"];
            token: string;
        };
        Layout: {
            layout: string;
            series: components["schemas"]["SeriesInfo"][];
        };
        LogInRequestInput: {
            code?: string | null;
            name: string;
            password: string;
        };
        LoginSession: {
            address: string;
            browser: string;
            /** Format: date-time */
            created_at: string;
            current: boolean;
            /** Format: date-time */
            ends_at: string;
            id: string;
            /** Format: date-time */
            last_used_at: string;
        };
        LoginSessionPage: {
            items: components["schemas"]["LoginSession"][];
            next_cursor: string | null;
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
        NewPersonInput: {
            name: string;
            roles?: components["schemas"]["RoleIn"][] | null;
            server_administrator?: boolean | null;
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
        OwnedToken: {
            /** Format: date-time */
            created_at: string;
            environment_id: string | null;
            expires_at: string | null;
            id: string;
            last_used_at: string | null;
            name: string;
            person_id: string;
            person_name: string;
            scopes: ("read" | "operate" | "admin" | "metrics")[];
        };
        OwnedTokenPage: {
            items: components["schemas"]["OwnedToken"][];
            next_cursor: string | null;
        };
        Person: {
            /** Format: date-time */
            created_at: string;
            id: string;
            invitation_expires_at: string | null;
            last_used_at: string | null;
            name: string;
            roles: components["schemas"]["Role"][];
            server_administrator: boolean;
            /** @enum {string} */
            state: "active" | "invited" | "disabled";
            tokens: number;
            totp: boolean;
            version: number;
        };
        PersonChangeInput: {
            disabled?: boolean | null;
            name?: string | null;
            roles?: components["schemas"]["RoleIn"][] | null;
            server_administrator?: boolean | null;
        };
        PersonPage: {
            items: components["schemas"]["Person"][];
            next_cursor: string | null;
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
        Proof: {
            code: string;
            current_password: string;
        };
        RecoveryCodes: {
            codes: string[];
        };
        Role: {
            environment_id: string;
            environment_name: string;
            role: string;
        };
        RoleIn: {
            environment_id: string;
            role: string;
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
            unit: "percent" | "bytes" | "bytes_per_second" | "per_second" | "count" | "seconds" | "load";
        };
        SeriesInfo: {
            key: string;
            /** @enum {string} */
            kind: "gauge" | "counter" | "unknown";
            label: string;
            metric: string;
            /** @enum {string} */
            unit: "percent" | "bytes" | "bytes_per_second" | "per_second" | "count" | "seconds" | "load";
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
        TotpCode: {
            code: string;
        };
        TotpSecret: {
            secret: string;
            uri: string;
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
    get_account: {
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
                    "application/json": components["schemas"]["Account"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    change_password: {
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
                "application/json": components["schemas"]["ChangePassword"];
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
    renew_recovery_codes: {
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
                "application/json": components["schemas"]["Proof"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecoveryCodes"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    list_own_sessions: {
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
                    "application/json": components["schemas"]["LoginSessionPage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    end_other_sessions: {
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
    end_own_session: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. */
                "Idempotency-Key"?: string;
            };
            path: {
                session: string;
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
    begin_totp: {
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
                "application/json": components["schemas"]["BeginTotp"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TotpSecret"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    confirm_totp: {
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
                "application/json": components["schemas"]["TotpCode"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecoveryCodes"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    remove_totp: {
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
                "application/json": components["schemas"]["Proof"];
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
    list_audit_entries: {
        parameters: {
            query?: {
                action?: string;
                cursor?: string;
                from?: string;
                limit?: number;
                object?: string;
                until?: string;
                who?: string;
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
    export_audit_entries: {
        parameters: {
            query?: {
                action?: string;
                cursor?: string;
                format?: "csv" | "jsonl";
                from?: string;
                object?: string;
                until?: string;
                who?: string;
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
                    "application/jsonl": string;
                    "text/csv": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    verify_audit: {
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
                    "application/json": components["schemas"]["AuditVerdict"];
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
    make_environment: {
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
                "application/json": components["schemas"]["EnvironmentName"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EnvironmentNote"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    remove_environment: {
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
    rename_environment: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the change is made from. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EnvironmentName"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EnvironmentNote"];
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
    look_at_invitation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["InvitationToken"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitationNote"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    accept_invitation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AcceptInvitationInput"];
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
    list_people: {
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
                    "application/json": components["schemas"]["PersonPage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    invite_person: {
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
                "application/json": components["schemas"]["NewPersonInput"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invited"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    get_person: {
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
                    "application/json": components["schemas"]["Person"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    remove_person: {
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
    change_person: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the change is made from. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PersonChangeInput"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Person"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    reset_person: {
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
                    "application/json": components["schemas"]["Invited"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    list_person_sessions: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
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
                    "application/json": components["schemas"]["LoginSessionPage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    end_person_sessions: {
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
    end_person_session: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
                session: string;
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
    remove_person_totp: {
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
    list_all_environments: {
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
                    "application/json": components["schemas"]["EnvironmentNotePage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    list_all_tokens: {
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
                    "application/json": components["schemas"]["OwnedTokenPage"];
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
                "application/json": components["schemas"]["LogInRequestInput"];
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
