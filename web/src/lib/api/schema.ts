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
    "/api/maintenance/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The newest 1 to 1000 lines (100) of the logs of its last runs, the newest last. */
        get: operations["get_maintenance_logs_by_old_path"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/maintenance/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Starts the server's own upkeep; a dry run counts what it would do. While one runs, 409 with its id in the field run_id. */
        post: operations["run_maintenance_by_old_path"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/maintenance/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The server's own upkeep: whether it runs, all steps, the last run, the next, totals. */
        get: operations["get_maintenance_by_old_path"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sse": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The same as /api/v1/stream. */
        get: operations["open_stream_alias"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
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
    "/api/v1/conditions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is open, worst first; with state=all what was open between from and to, newest first. */
        get: operations["list_conditions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conditions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One condition that is open. */
        get: operations["get_condition"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conditions/{id}/acknowledgement": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Says that someone has seen it; holds until it ends, worsens, or the time given. */
        put: operations["acknowledge_condition"];
        post?: never;
        /** Takes an acknowledgement back. */
        delete: operations["unacknowledge_condition"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conditions/{id}/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Says that it is over: for run.failed, which only the next run of the same work would end. */
        post: operations["close_condition"];
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
        /** Removes an empty environment, with the roles in it. 202: its history goes bit by bit; until that is done the list of all environments says since when it is being removed. */
        delete: operations["remove_environment"];
        options?: never;
        head?: never;
        /** Gives an environment another name. */
        patch: operations["rename_environment"];
        trace?: never;
    };
    "/api/v1/event-types": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every type of event that this server knows, what it says and how severe it usually is. */
        get: operations["list_event_types"];
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
    "/api/v1/events/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The same as CSV, newest first, the newest 10,000 at most; limit and cursor do not count. */
        get: operations["export_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/host-labels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Gives labels by hand to several hosts, and takes others away; what is not named stays. */
        post: operations["label_hosts"];
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
        /** Hosts that the caller may see, in the order in which they were enrolled. */
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
    "/api/v1/hosts/{id}/commands": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The commands that the policy file of a host names: what may be run there by name. */
        get: operations["get_host_commands"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hosts/{id}/expected-commands": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Commands that the host runs by itself and said when (fettle exec --expect), by name. */
        get: operations["list_expected_commands"];
        put?: never;
        post?: never;
        /** Expects a command no more, until its next run says so. */
        delete: operations["forget_expected_command"];
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
        /** Series of a host over a range, as columns; JSON or CSV. ?values=mean leaves the least and the greatest of each step out. */
        get: operations["get_series"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hosts/{id}/thresholds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What holds for a host, and where each value comes from. */
        get: operations["get_host_thresholds"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hosts/{id}/unlock": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Lets the agent of a host in again that was locked because two with its identity were seen. */
        post: operations["unlock_host"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/hosts/{id}/uptime": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How much of 24 h, 7 d and 30 d a host was online, and the states that it had. */
        get: operations["get_host_uptime"];
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
    "/api/v1/ledger": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where every due time ended, the newest first. */
        get: operations["list_ledger"];
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
    "/api/v1/maintenance/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The newest 1 to 1000 lines (100) of the logs of its last runs, the newest last. */
        get: operations["get_maintenance_logs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/maintenance/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Starts the server's own upkeep; a dry run counts what it would do. While one runs, 409 with its id in the field run_id. */
        post: operations["run_maintenance"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/maintenance/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The server's own upkeep: whether it runs, all steps, the last run, the next, totals. */
        get: operations["get_maintenance"];
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
    "/api/v1/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Counts of hosts, open conditions and errors, in the environments that one may see. */
        get: operations["get_overview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pending-runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Scheduled runs that wait for their host or their target. */
        get: operations["list_pending_runs"];
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
    "/api/v1/plans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The plans that there are; all at once. */
        get: operations["list_plans"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Runs, newest first, without their steps. */
        get: operations["list_runs"];
        put?: never;
        /** Runs a plan on a target. A target that has a run answers 409 with its `run_id`. */
        post: operations["start_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A run with its steps. */
        get: operations["get_run"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Asks a run to end; it ends when whoever carries it out has stopped. */
        post: operations["cancel_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lines of a run's log in their order: the newest, or with `after` those that follow a line. */
        get: operations["get_run_log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/log.txt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The whole log of a run as plain text. */
        get: operations["download_run_log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/rerun": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Runs what did not end well in a run that has ended, or all of it, once more. */
        post: operations["rerun"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** When plans are run on targets. */
        get: operations["list_schedules"];
        put?: never;
        /** Makes a schedule; it counts from now on. */
        post: operations["make_schedule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A schedule. */
        get: operations["get_schedule"];
        put?: never;
        post?: never;
        /** Removes a schedule and its pending run; its runs and its ledger stay. */
        delete: operations["remove_schedule"];
        options?: never;
        head?: never;
        /** Changes what is given. Another time, and switching on, count from now on. */
        patch: operations["change_schedule"];
        trace?: never;
    };
    "/api/v1/schedules/{id}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Runs its plan on its target now, whatever is due. */
        post: operations["run_schedule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What a timing means: a sentence and the next times. A timing that is wrong answers 422 with `column` and `hint`. */
        post: operations["preview_schedule"];
        delete?: never;
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
    "/api/v1/silences": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The silences that hold, in the environments that one may see; all at once. */
        get: operations["list_silences"];
        put?: never;
        /** Silences the conditions of an environment that fit host, label and kind, until then. */
        post: operations["make_silence"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/silences/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Ends a silence now. */
        delete: operations["end_silence"];
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
        /** What happens, as it happens: server-sent events of the topics fleet, events, logs, runs, host:<id> and run:<id>; `event` names the message, `data` is it as JSON. */
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
    "/api/v1/thresholds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The overrides of limits in the environments that one may see; all at once. */
        get: operations["list_thresholds"];
        put?: never;
        /** Overrides limits of one kind for an environment, its hosts with a label, or one host. */
        post: operations["make_threshold"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/thresholds/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Replaces the values of an override; those left out fall back to the less specific ones. */
        put: operations["change_threshold"];
        post?: never;
        /** Removes an override. */
        delete: operations["remove_threshold"];
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
    "/api/v1/watch-kinds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is watched on every host, and the limits where nobody says otherwise. */
        get: operations["list_watch_kinds"];
        put?: never;
        post?: never;
        delete?: never;
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
        Acknowledgement: {
            /** Format: date-time */
            at: string;
            by_id: string;
            by_name: string;
            note: string;
            until: string | null;
        };
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
        Condition: {
            acknowledged: components["schemas"]["Acknowledgement"] | null;
            /** Format: date-time */
            changed_at: string;
            close_reason: string;
            closed_at: string | null;
            environment_id: string;
            fields: {
                [key: string]: string;
            };
            id: string;
            is_hidden: boolean;
            kind: string;
            message: string;
            /** Format: date-time */
            opened_at: string;
            /** @enum {string} */
            severity: "warning" | "error";
            silenced_until: string | null;
            source: components["schemas"]["EventSource"];
            /** @enum {string} */
            state: "open" | "closed";
            target: string;
            title: string;
            worsened_at: string | null;
        };
        ConditionPage: {
            items: components["schemas"]["Condition"][];
            next_cursor: string | null;
        };
        EffectiveThreshold: {
            error: components["schemas"]["SettledNumber"];
            hold_seconds: components["schemas"]["SettledNumber"];
            is_watched: components["schemas"]["SettledSwitch"];
            kind: string;
            target: string | null;
            warning: components["schemas"]["SettledNumber"];
        };
        EffectiveThresholdPage: {
            items: components["schemas"]["EffectiveThreshold"][];
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
            removing_since: string | null;
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
            severity: "debug" | "info" | "success" | "warning" | "error";
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
        EventType: {
            /** @enum {string} */
            severity: "debug" | "info" | "success" | "warning" | "error";
            summary: string;
            type: string;
        };
        EventTypePage: {
            items: components["schemas"]["EventType"][];
            next_cursor: string | null;
        };
        ExpectedCommand: {
            /** Format: date-time */
            began_at: string;
            fault: string | null;
            is_overdue: boolean;
            name: string;
            next_at: string | null;
            run_id: string;
            sentence: string;
            time_zone: string;
            timing: string;
        };
        ExpectedCommandPage: {
            items: components["schemas"]["ExpectedCommand"][];
            next_cursor: string | null;
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
        HostCommands: {
            is_known: boolean;
            names: string[];
        };
        HostEditInput: {
            labels?: {
                [key: string]: string;
            } | null;
            name?: string | null;
        };
        HostLabels: {
            host_ids: string[];
            remove: string[];
            set: {
                [key: string]: string;
            };
        };
        HostLabelsAnswer: {
            changed: number;
            failed: components["schemas"]["HostLabelsFailure"][];
            unchanged: number;
        };
        HostLabelsFailure: {
            code: string;
            detail: string;
            host_id: string;
        };
        HostMove: {
            environment_id: string;
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
        LastDue: {
            /** Format: date-time */
            nominal_at: string;
            /** @enum {string} */
            outcome: "ran" | "late" | "skipped" | "blocked" | "missed" | "superseded";
            run_id: string | null;
        };
        Layout: {
            layout: string;
            series: components["schemas"]["SeriesInfo"][];
        };
        LedgerRow: {
            count: number;
            /** Format: date-time */
            decided_at: string;
            host_id: string | null;
            is_waiting: boolean;
            /** Format: date-time */
            nominal_at: string;
            /** @enum {string} */
            outcome: "ran" | "late" | "skipped" | "blocked" | "missed" | "superseded";
            reason: string;
            run_id: string | null;
            schedule_id: string;
            schedule_name: string;
        };
        LedgerRowPage: {
            items: components["schemas"]["LedgerRow"][];
            next_cursor: string | null;
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
        MaintenanceComplete: {
            counters: {
                [key: string]: number;
            };
            duration_ms: number;
            run_id: string;
            /** @enum {string} */
            state: "queued" | "dispatched" | "running" | "completed" | "completed_with_warnings" | "failed" | "cancelled" | "interrupted" | "abandoned";
            step_counts: components["schemas"]["RunStepCounts"];
        };
        MaintenanceLine: {
            /** Format: date-time */
            at: string;
            fields: {
                [key: string]: string;
            };
            /** @enum {string} */
            level: "debug" | "info" | "warning" | "error";
            run_id: string;
            sequence: number;
            step: number;
            text: string;
        };
        MaintenanceLogs: {
            lines: components["schemas"]["MaintenanceLine"][];
            total: number;
        };
        MaintenanceOrderInput: {
            dry_run?: boolean | null;
        };
        MaintenanceProgress: {
            counters: {
                [key: string]: number;
            };
            elapsed_ms: number;
            fraction: number | null;
            index: number;
            message: string;
            run_id: string;
            /** @enum {string} */
            state: "pending" | "running" | "completed" | "failed" | "skipped" | "cancelled";
            step: string;
            total: number;
        };
        MaintenanceStatus: {
            current_step: string | null;
            interval_ms: number;
            is_enabled: boolean;
            last_run: components["schemas"]["Run"] | null;
            next_run_at: string | null;
            run: components["schemas"]["Run"] | null;
            running: boolean;
            steps: components["schemas"]["RunStep"][];
            totals: components["schemas"]["MaintenanceTotals"];
        };
        MaintenanceTotals: {
            counters: {
                [key: string]: number;
            };
            duration_ms: number;
            failed: number;
            runs: number;
        };
        NewAcknowledgementInput: {
            note?: string | null;
            until?: string | null;
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
        NewRunInput: {
            dry_run?: boolean | null;
            parameters?: unknown;
            plan: string;
            target_id: string;
            target_kind: string;
        };
        NewScheduleInput: {
            catch_up_ms?: number | null;
            id?: string | null;
            is_enabled?: boolean | null;
            jitter_ms?: number | null;
            misfire?: ("skip" | "run_once" | "run_all") | null;
            misfire_limit?: number | null;
            name: string;
            overlap?: ("skip" | "queue_one" | "cancel_running") | null;
            parameters?: unknown;
            plan: string;
            retry?: components["schemas"]["Retry"] | null;
            target_id: string;
            target_kind: string;
            time_zone?: string | null;
            timing: string;
        };
        NewSilenceInput: {
            environment_id: string;
            host_id?: string | null;
            kind?: string | null;
            label?: string | null;
            reason?: string | null;
            /** Format: date-time */
            until: string;
        };
        NewThresholdInput: {
            environment_id: string;
            error?: number | null;
            hold_seconds?: number | null;
            host_id?: string | null;
            is_watched?: boolean | null;
            kind: string;
            label?: string | null;
            target?: string | null;
            warning?: number | null;
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
        Overview: {
            condition_errors: number;
            condition_warnings: number;
            conditions_quiet: number;
            errors_24h: number;
            hosts: number;
            late: number;
            offline: number;
            online: number;
            waiting: number;
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
        PendingRun: {
            attempt: number;
            host_id: string | null;
            last_error: string;
            /** Format: date-time */
            next_attempt_at: string;
            /** Format: date-time */
            nominal_at: string;
            plan: string;
            schedule_id: string;
            schedule_name: string;
        };
        PendingRunPage: {
            items: components["schemas"]["PendingRun"][];
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
        Plan: {
            is_on_host: boolean;
            name: string;
            parameters: string[];
            permission: string;
            target_kind: string;
            tasks: components["schemas"]["PlanTask"][];
            title: string;
        };
        PlanPage: {
            items: components["schemas"]["Plan"][];
            next_cursor: string | null;
        };
        PlanTask: {
            name: string;
            title: string;
        };
        Preview: {
            is_chosen: boolean;
            schedule_id: string;
            sentence: string;
            time_zone: string;
            times: components["schemas"]["PreviewTime"][];
        };
        PreviewAskedInput: {
            count?: number | null;
            jitter_ms?: number | null;
            schedule_id?: string | null;
            time_zone?: string | null;
            timing: string;
        };
        PreviewTime: {
            /** Format: date-time */
            at: string;
            local: string;
            note: string;
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
                column?: number;
                detail: string;
                hint?: string;
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
        Refusal: {
            address: string;
            /** Format: date-time */
            at: string;
            code: string;
            detail: string;
        };
        RerunInput: {
            dry_run?: boolean | null;
            failed_only?: boolean | null;
        };
        Retry: {
            attempts: number;
            backoff_ms: number;
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
        Run: {
            actor: components["schemas"]["RunActor"];
            cancel_requested_at: string | null;
            cancelled_by: string | null;
            counters: {
                [key: string]: number;
            };
            /** Format: date-time */
            created_at: string;
            dry_run: boolean;
            duration_ms: number | null;
            ended_at: string | null;
            environment_id: string;
            exit_code: number | null;
            expected: components["schemas"]["RunExpected"] | null;
            host_id: string | null;
            id: string;
            is_live: boolean;
            message: string;
            nominal_at: string | null;
            plan: string;
            progress: components["schemas"]["RunProgress"];
            rerun_of: string | null;
            schedule_id: string | null;
            started_at: string | null;
            /** @enum {string} */
            state: "queued" | "dispatched" | "running" | "completed" | "completed_with_warnings" | "failed" | "cancelled" | "interrupted" | "abandoned";
            step_counts: components["schemas"]["RunStepCounts"];
            steps: components["schemas"]["RunStep"][] | null;
            target: components["schemas"]["RunTarget"];
            title: string;
        };
        RunActor: {
            id: string;
            kind: string;
            name: string;
        };
        RunExpected: {
            fault: string | null;
            sentence: string;
            time_zone: string;
            timing: string;
        };
        RunLog: {
            lines: components["schemas"]["RunLogLine"][];
            run_id: string;
        };
        RunLogLine: {
            /** Format: date-time */
            at: string;
            fields: {
                [key: string]: string;
            };
            /** @enum {string} */
            level: "debug" | "info" | "warning" | "error";
            sequence: number;
            step: number;
            text: string;
        };
        RunLogPage: {
            dropped: number;
            is_complete: boolean;
            lines: components["schemas"]["RunLogLine"][];
            next: number | null;
        };
        RunPage: {
            items: components["schemas"]["Run"][];
            next_cursor: string | null;
        };
        RunProgress: {
            current_index: number | null;
            current_title: string | null;
            done: number;
            fraction: number | null;
            total: number;
        };
        RunStep: {
            counters: {
                [key: string]: number;
            };
            deadline_s: number | null;
            elapsed_ms: number | null;
            ended_at: string | null;
            fraction: number | null;
            has_warning: boolean;
            index: number;
            message: string;
            name: string;
            started_at: string | null;
            /** @enum {string} */
            state: "pending" | "running" | "completed" | "failed" | "skipped" | "cancelled";
            title: string;
        };
        RunStepCounts: {
            cancelled: number;
            completed: number;
            failed: number;
            pending: number;
            running: number;
            skipped: number;
        };
        RunTarget: {
            id: string;
            kind: string;
            name: string;
        };
        RunUpdate: {
            environment_id: string;
            run: components["schemas"]["Run"];
            step: components["schemas"]["RunStep"] | null;
        };
        Schedule: {
            catch_up_ms: number;
            /** Format: date-time */
            changed_at: string;
            /** Format: date-time */
            created_at: string;
            environment_id: string;
            fault: string | null;
            host_id: string | null;
            id: string;
            is_enabled: boolean;
            jitter_ms: number;
            last: components["schemas"]["LastDue"] | null;
            /** @enum {string} */
            misfire: "skip" | "run_once" | "run_all";
            misfire_limit: number;
            name: string;
            next_at: string | null;
            /** @enum {string} */
            overlap: "skip" | "queue_one" | "cancel_running";
            parameters: unknown;
            plan: string;
            retry: components["schemas"]["Retry"];
            sentence: string;
            target: components["schemas"]["RunTarget"];
            time_zone: string;
            timing: string;
            waiting: string | null;
            waiting_since: string | null;
        };
        ScheduleEditInput: {
            catch_up_ms?: number | null;
            is_enabled?: boolean | null;
            jitter_ms?: number | null;
            misfire?: ("skip" | "run_once" | "run_all") | null;
            misfire_limit?: number | null;
            name?: string | null;
            overlap?: ("skip" | "queue_one" | "cancel_running") | null;
            parameters?: unknown;
            retry?: components["schemas"]["Retry"] | null;
            time_zone?: string | null;
            timing?: string | null;
        };
        SchedulePage: {
            items: components["schemas"]["Schedule"][];
            next_cursor: string | null;
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
        SettledNumber: {
            /** @enum {string} */
            scope: "standard" | "environment" | "label" | "host";
            threshold_id: string | null;
            value: number | null;
        };
        SettledSwitch: {
            /** @enum {string} */
            scope: "standard" | "environment" | "label" | "host";
            threshold_id: string | null;
            value: boolean;
        };
        SetupRequest: {
            name: string;
            password: string;
            token: string;
        };
        SetupState: {
            needed: boolean;
        };
        Silence: {
            by_id: string;
            by_name: string;
            /** Format: date-time */
            created_at: string;
            environment_id: string;
            host_id: string | null;
            id: string;
            kind: string | null;
            label: string | null;
            reason: string;
            /** Format: date-time */
            until: string;
        };
        SilencePage: {
            items: components["schemas"]["Silence"][];
            next_cursor: string | null;
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
        StateSpan: {
            /** Format: date-time */
            from: string;
            reason: string;
            /** @enum {string} */
            state: "waiting" | "online" | "offline" | "unknown";
            /** Format: date-time */
            to: string;
        };
        StreamCondition: components["schemas"]["Condition"];
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
        StreamMaintenanceComplete: components["schemas"]["MaintenanceComplete"];
        StreamMaintenanceProgress: components["schemas"]["MaintenanceProgress"];
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
        StreamRunLog: components["schemas"]["RunLog"];
        StreamRunUpdate: components["schemas"]["RunUpdate"];
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
            agent_cpu_percent: number | null;
            agent_memory_bytes: number | null;
            at: number;
            cpu_percent: number | null;
            disk_mount: string | null;
            disk_percent: number | null;
            memory_percent: number | null;
            rx_bytes_per_second: number | null;
            tx_bytes_per_second: number | null;
        };
        Threshold: {
            /** Format: date-time */
            changed_at: string;
            changed_by: string;
            environment_id: string;
            error: number | null;
            etag: string;
            hold_seconds: number | null;
            host_id: string | null;
            id: string;
            is_watched: boolean | null;
            kind: string;
            label: string | null;
            target: string | null;
            warning: number | null;
        };
        ThresholdPage: {
            items: components["schemas"]["Threshold"][];
            next_cursor: string | null;
        };
        ThresholdValuesInput: {
            error?: number | null;
            hold_seconds?: number | null;
            is_watched?: boolean | null;
            warning?: number | null;
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
        Units: {
            failed: string[];
            failed_total: number;
        };
        Uptime: {
            hours: number;
            offline_ms: number;
            online_ms: number;
            percent: number | null;
            unknown_ms: number;
        };
        UptimeAnswer: {
            /** Format: date-time */
            from: string;
            host_id: string;
            spans: components["schemas"]["StateSpan"][];
            /** Format: date-time */
            to: string;
            uptime: components["schemas"]["Uptime"][];
        };
        WatchKind: {
            error: number | null;
            has_limits: boolean;
            hold_seconds: number;
            is_below: boolean;
            kind: string;
            least: number;
            most: number;
            summary: string;
            unit: string;
            warning: number | null;
        };
        WatchKindPage: {
            items: components["schemas"]["WatchKind"][];
            next_cursor: string | null;
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
    get_maintenance_logs_by_old_path: {
        parameters: {
            query?: {
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
                    "application/json": components["schemas"]["MaintenanceLogs"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    run_maintenance_by_old_path: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MaintenanceOrderInput"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    get_maintenance_by_old_path: {
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
                    "application/json": components["schemas"]["MaintenanceStatus"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    open_stream_alias: {
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
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
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
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
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
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
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
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
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
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
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
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
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
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
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
    list_conditions: {
        parameters: {
            query?: {
                cursor?: string;
                environment?: string;
                from?: string;
                host_id?: string;
                kind?: string;
                limit?: number;
                state?: "open" | "all";
                to?: string;
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
                    "application/json": components["schemas"]["ConditionPage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    get_condition: {
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
                    "application/json": components["schemas"]["Condition"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    acknowledge_condition: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAcknowledgementInput"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Condition"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    unacknowledge_condition: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
                "Idempotency-Key"?: string;
            };
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
                    "application/json": components["schemas"]["Condition"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    close_condition: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
                "Idempotency-Key"?: string;
            };
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
                    "application/json": components["schemas"]["Condition"];
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
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
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
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
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
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
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
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
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
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
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
    list_event_types: {
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
                    "application/json": components["schemas"]["EventTypePage"];
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
                from?: string;
                host_id?: string;
                limit?: number;
                severity?: ("debug" | "info" | "success" | "warning" | "error")[];
                source?: string;
                text?: string;
                to?: string;
                type?: string[];
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
    export_events: {
        parameters: {
            query?: {
                cursor?: string;
                environment?: string;
                from?: string;
                host_id?: string;
                limit?: number;
                severity?: ("debug" | "info" | "success" | "warning" | "error")[];
                source?: string;
                text?: string;
                to?: string;
                type?: string[];
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
                    "text/csv": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    label_hosts: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HostLabels"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HostLabelsAnswer"];
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
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
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
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
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
    get_host_commands: {
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
                    "application/json": components["schemas"]["HostCommands"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    list_expected_commands: {
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
                    "application/json": components["schemas"]["ExpectedCommandPage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    forget_expected_command: {
        parameters: {
            query: {
                name: string;
            };
            header?: {
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
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
    move_host: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
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
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
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
                values?: string;
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
    get_host_thresholds: {
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
                    "application/json": components["schemas"]["EffectiveThresholdPage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    unlock_host: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
                "Idempotency-Key"?: string;
            };
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
    get_host_uptime: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
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
                    "application/json": components["schemas"]["UptimeAnswer"];
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
    list_ledger: {
        parameters: {
            query?: {
                cursor?: string;
                environment?: string;
                from?: string;
                host_id?: string;
                limit?: number;
                outcome?: string;
                schedule_id?: string;
                to?: string;
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
                    "application/json": components["schemas"]["LedgerRowPage"];
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
    get_maintenance_logs: {
        parameters: {
            query?: {
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
                    "application/json": components["schemas"]["MaintenanceLogs"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    run_maintenance: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MaintenanceOrderInput"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    get_maintenance: {
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
                    "application/json": components["schemas"]["MaintenanceStatus"];
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
    get_overview: {
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
                    "application/json": components["schemas"]["Overview"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    list_pending_runs: {
        parameters: {
            query?: {
                cursor?: string;
                environment?: string;
                host_id?: string;
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
                    "application/json": components["schemas"]["PendingRunPage"];
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
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
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
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
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
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
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
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
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
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
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
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
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
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
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
    list_plans: {
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
                    "application/json": components["schemas"]["PlanPage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    list_runs: {
        parameters: {
            query?: {
                cursor?: string;
                environment?: string;
                from?: string;
                host_id?: string;
                limit?: number;
                plan?: string;
                schedule_id?: string;
                state?: string;
                target_id?: string;
                target_kind?: string;
                to?: string;
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
                    "application/json": components["schemas"]["RunPage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    start_run: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRunInput"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    get_run: {
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
                    "application/json": components["schemas"]["Run"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    cancel_run: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    get_run_log: {
        parameters: {
            query?: {
                after?: number;
                level?: "debug" | "info" | "warning" | "error";
                limit?: number;
                query?: string;
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
                    "application/json": components["schemas"]["RunLogPage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    download_run_log: {
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
                    "text/plain": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    rerun: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RerunInput"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    list_schedules: {
        parameters: {
            query?: {
                cursor?: string;
                environment?: string;
                host_id?: string;
                limit?: number;
                plan?: string;
                target_id?: string;
                target_kind?: string;
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
                    "application/json": components["schemas"]["SchedulePage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    make_schedule: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewScheduleInput"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Schedule"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    get_schedule: {
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
                    "application/json": components["schemas"]["Schedule"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    remove_schedule: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the schedule must still have; else 412. */
                "If-Match"?: string;
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
    change_schedule: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the schedule must still have; else 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ScheduleEditInput"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Schedule"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    run_schedule: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
                "Idempotency-Key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Run"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    preview_schedule: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PreviewAskedInput"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Preview"];
                };
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
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
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
    list_silences: {
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
                    "application/json": components["schemas"]["SilencePage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    make_silence: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSilenceInput"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Silence"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    end_silence: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
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
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
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
    list_thresholds: {
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
                    "application/json": components["schemas"]["ThresholdPage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    make_threshold: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewThresholdInput"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Threshold"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    change_threshold: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the override must still have; else 412. */
                "If-Match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ThresholdValuesInput"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Threshold"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    remove_threshold: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
                "Idempotency-Key"?: string;
                /** @description The ETag that the override must still have; else 412. */
                "If-Match"?: string;
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
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
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
                /** @description The same key and body get the first answer again for 24 h. The start of a run is known by its key after the server was started again, too; other answers are not. */
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
    list_watch_kinds: {
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
                    "application/json": components["schemas"]["WatchKindPage"];
                };
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
