BEGIN TRANSACTION;
CREATE TABLE adopted_heads (
            task_id BIGINT NOT NULL PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE,
            commit_name TEXT NOT NULL
        );
INSERT INTO "adopted_heads" VALUES(1,'dddddddddddddddddddddddddddddddddddddddd');
CREATE TABLE attempts (
        task_id BIGINT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
        number INTEGER NOT NULL CHECK (number > 0),
        started_at BIGINT NOT NULL,
        finished_at BIGINT,
        outcome TEXT,
        failure TEXT,
        summary TEXT NOT NULL,
        completion TEXT NOT NULL,
        turns INTEGER NOT NULL,
        turn_limit INTEGER NOT NULL,
        cost_usd DOUBLE PRECISION NOT NULL,
        seconds DOUBLE PRECISION NOT NULL,
        claude_seconds DOUBLE PRECISION NOT NULL,
        asked INTEGER NOT NULL,
        granted INTEGER NOT NULL,
        refused INTEGER NOT NULL,
        refused_commands JSON NOT NULL,
        commands JSON NOT NULL,
        note TEXT NOT NULL, detail TEXT NOT NULL DEFAULT '', questions JSON NOT NULL DEFAULT '[]', windows JSON NOT NULL DEFAULT '[]', spent_usd DOUBLE PRECISION NOT NULL DEFAULT 0,
        PRIMARY KEY (task_id, number)
    );
INSERT INTO "attempts" VALUES(1,1,1772402400000001,1772402401000001,'in_review',NULL,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮','',12,0,0.1,0.0,0.0,3,2,1,'["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"]','[["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", 1], ["sleep 9", null]]','','O''Neil; -- "x" \ 
	 🕰 مرحبا ‮','["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "When?"]','[{"name": "5h", "resets_at": "2026-03-01T22:00:00.000001+00:00", "first": 0.1, "last": 0.25}]',0.0);
INSERT INTO "attempts" VALUES(2,1,1772402400000001,1772402401000001,'in_review',NULL,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮','',12,0,0.1,0.0,0.0,3,2,1,'["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"]','[["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", 1], ["sleep 9", null]]','','O''Neil; -- "x" \ 
	 🕰 مرحبا ‮','["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "When?"]','[{"name": "5h", "resets_at": "2026-03-01T22:00:00.000001+00:00", "first": 0.1, "last": 0.25}]',0.0);
INSERT INTO "attempts" VALUES(3,1,1772402400000001,1772402401000001,'in_review',NULL,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮','',12,0,0.1,0.0,0.0,3,2,1,'["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"]','[["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", 1], ["sleep 9", null]]','','O''Neil; -- "x" \ 
	 🕰 مرحبا ‮','["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "When?"]','[{"name": "5h", "resets_at": "2026-03-01T22:00:00.000001+00:00", "first": 0.1, "last": 0.25}]',0.0);
INSERT INTO "attempts" VALUES(4,1,1772402400000001,1772402401000001,'failed','verification_failed','O''Neil; -- "x" \ 
	 🕰 مرحبا ‮','',12,0,0.1,0.0,0.0,3,2,1,'["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"]','[["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", 1], ["sleep 9", null]]','','O''Neil; -- "x" \ 
	 🕰 مرحبا ‮','["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "When?"]','[{"name": "5h", "resets_at": "2026-03-01T22:00:00.000001+00:00", "first": 0.1, "last": 0.25}]',0.0);
INSERT INTO "attempts" VALUES(5,1,1772402400000001,1772402401000001,'no_change',NULL,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮','',12,0,0.1,0.0,0.0,3,2,1,'["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"]','[["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", 1], ["sleep 9", null]]','','O''Neil; -- "x" \ 
	 🕰 مرحبا ‮','["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "When?"]','[{"name": "5h", "resets_at": "2026-03-01T22:00:00.000001+00:00", "first": 0.1, "last": 0.25}]',0.0);
INSERT INTO "attempts" VALUES(6,1,1772402400000001,1772402401000001,'cancelled',NULL,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮','',12,0,0.1,0.0,0.0,3,2,1,'["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"]','[["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", 1], ["sleep 9", null]]','','O''Neil; -- "x" \ 
	 🕰 مرحبا ‮','["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "When?"]','[{"name": "5h", "resets_at": "2026-03-01T22:00:00.000001+00:00", "first": 0.1, "last": 0.25}]',0.0);
INSERT INTO "attempts" VALUES(7,1,1772402400000001,NULL,NULL,NULL,'','',0,0,0.0,0.0,0.0,0,0,0,'[]','[]','','','[]','[]',0.0);
CREATE TABLE baselines (
        repository TEXT NOT NULL,
        commands TEXT NOT NULL,
        base TEXT NOT NULL,
        ran JSON NOT NULL, kept_at BIGINT NOT NULL DEFAULT 0,
        PRIMARY KEY (repository, commands)
    );
INSERT INTO "baselines" VALUES('octo/tools','abababababababababababababababab','bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb','[{"code": 1, "seconds": 0.5, "obstacle": "", "tests": {"passed": ["passes"], "failed": ["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"], "skipped": ["skipped"], "not loaded": []}, "lists_all": true}, {"code": 0, "seconds": 2.0, "obstacle": "", "tests": null, "lists_all": true}]',1772402400000001);
CREATE TABLE blockers (
        task_id BIGINT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
        repository TEXT NOT NULL,
        number BIGINT NOT NULL CHECK (number > 0),
        position INTEGER NOT NULL,
        met BOOLEAN NOT NULL, is_unseen BOOLEAN NOT NULL DEFAULT FALSE, is_held BOOLEAN NOT NULL DEFAULT FALSE,
        PRIMARY KEY (task_id, repository, number)
    );
INSERT INTO "blockers" VALUES(8,'octo/zoo',9,0,0,1,0);
INSERT INTO "blockers" VALUES(8,'octo/tools',2,1,1,0,0);
CREATE TABLE bookmarks (
        repository TEXT NOT NULL,
        listing TEXT NOT NULL,
        since BIGINT NOT NULL,
        newest BIGINT NOT NULL,
        PRIMARY KEY (repository, listing)
    );
INSERT INTO "bookmarks" VALUES('octo/tools','issues',1772402400000001,1772402400000001);
CREATE TABLE branches_apart (
            task_id BIGINT NOT NULL PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE,
            found TEXT NOT NULL
        );
INSERT INTO "branches_apart" VALUES(1,'{"left": {"9": null}, "there": {"1099511627776": "cccccccccccccccccccccccccccccccccccccccc"}, "between": [9], "files": ["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"], "checks": ["x"]}');
CREATE TABLE check_results (
            task_id BIGINT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
            attempt INTEGER NOT NULL,
            results JSON NOT NULL,
            kept_at BIGINT NOT NULL,
            PRIMARY KEY (task_id, attempt)
        );
INSERT INTO "check_results" VALUES(1,1,'[{"command": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "end": "newly fails", "before": "exit 0", "after": "exit 1", "seconds": 0.5, "ran": 9, "groups": [{"name": "newly failing", "tests": ["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"], "more": 1048576}], "output": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}]',1772402400000001);
CREATE TABLE commands_seen (comment BIGINT PRIMARY KEY, repository TEXT NOT NULL, at BIGINT NOT NULL);
INSERT INTO "commands_seen" VALUES(1099511627776,'octo/tools',1772402400000001);
CREATE TABLE comments_begun (
        repository TEXT NOT NULL,
        number BIGINT NOT NULL,
        marker TEXT NOT NULL,
        begun_at BIGINT NOT NULL,
        PRIMARY KEY (repository, number, marker)
    );
INSERT INTO "comments_begun" VALUES('octo/tools',1,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮',1772402400000001);
CREATE TABLE conflicts (
            repository TEXT NOT NULL,
            one BIGINT NOT NULL CHECK (one > 0),
            other BIGINT NOT NULL CHECK (other > one),
            files JSON NOT NULL,
            PRIMARY KEY (repository, one, other)
        );
INSERT INTO "conflicts" VALUES('octo/tools',2,1099511627776,'["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"]');
CREATE TABLE counters (
            name TEXT NOT NULL,
            label TEXT NOT NULL,
            value DOUBLE PRECISION NOT NULL,
            PRIMARY KEY (name, label)
        );
INSERT INTO "counters" VALUES('relay_answers','200',1099511627776.0);
INSERT INTO "counters" VALUES('relay_answers','O''Neil; -- "x" \ 
	 🕰 مرحبا ‮',0.5);
CREATE TABLE deliveries (
            id INTEGER PRIMARY KEY,
            guid TEXT NOT NULL UNIQUE,
            event TEXT NOT NULL,
            payload BLOB NOT NULL,
            due_at BIGINT NOT NULL,
            done_at BIGINT,
            tries INTEGER NOT NULL CHECK (tries >= 0),
            note TEXT NOT NULL
        );
INSERT INTO "deliveries" VALUES(1,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮','issues',X'7B22FF00223A20317D',1772402400000001,NULL,0,'');
INSERT INTO "deliveries" VALUES(2,'done','ping',X'',1772402400000001,1772402400000001,0,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮');
CREATE TABLE delivery_logs (path TEXT PRIMARY KEY, since BIGINT, asked JSON NOT NULL);
INSERT INTO "delivery_logs" VALUES('/app/hook/deliveries',1772402400000001,'{"O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e": 2}');
CREATE TABLE dependency_modes (repository TEXT PRIMARY KEY, mode TEXT NOT NULL);
INSERT INTO "dependency_modes" VALUES('octo/tools','merge');
CREATE TABLE digests (
            night BIGINT PRIMARY KEY,
            seen TEXT NOT NULL,
            number BIGINT CHECK (number > 0),
            shown TEXT NOT NULL,
            begun_at BIGINT,
            earlier_closed BOOLEAN NOT NULL
        );
INSERT INTO "digests" VALUES(1772402400000001,'dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd',1099511627776,'eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee',1772402400000001,1);
CREATE TABLE doctor_findings (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            findings JSON NOT NULL,
            found_by TEXT NOT NULL,
            found_at BIGINT NOT NULL
        );
INSERT INTO "doctor_findings" VALUES(1,'[{"need": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "verdict": "wrong", "says": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "fix": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}]','nightshift doctor',1772402400000001);
CREATE TABLE flaky_tests (
            repository TEXT NOT NULL,
            test TEXT NOT NULL,
            times INTEGER NOT NULL,
            last_at BIGINT NOT NULL,
            PRIMARY KEY (repository, test)
        );
INSERT INTO "flaky_tests" VALUES('octo/tools','O''Neil; -- "x" \ 
	 🕰 مرحبا ‮',1,1772402400000001);
CREATE TABLE github_budgets (
            account TEXT PRIMARY KEY,
            most INTEGER NOT NULL,
            remaining INTEGER NOT NULL,
            resets_at BIGINT NOT NULL,
            noted_at BIGINT NOT NULL
        );
INSERT INTO "github_budgets" VALUES('O''Neil; -- "x" \ 
	 🕰 مرحبا ‮',5000,7,1772406000000001,1772402400000001);
CREATE TABLE github_holds (
            account TEXT NOT NULL PRIMARY KEY,
            noted_at BIGINT NOT NULL,
            until BIGINT NOT NULL
        );
INSERT INTO "github_holds" VALUES('O''Neil; -- "x" \ 
	 🕰 مرحبا ‮',1772402400000001,1772402460000001);
CREATE TABLE held_back (
            task_id BIGINT PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE,
            by_task BIGINT NOT NULL,
            file TEXT NOT NULL,
            shown BOOLEAN NOT NULL
        );
INSERT INTO "held_back" VALUES(1,1099511627776,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮',0);
CREATE TABLE held_tasks (task_id BIGINT PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE, at BIGINT NOT NULL, streak INTEGER NOT NULL, counted INTEGER NOT NULL);
INSERT INTO "held_tasks" VALUES(1,1772402400000001,2,1);
CREATE TABLE hooks (repository TEXT PRIMARY KEY, number BIGINT NOT NULL);
INSERT INTO "hooks" VALUES('octo/tools',1099511627776);
CREATE TABLE http_cache (url TEXT PRIMARY KEY, etag TEXT NOT NULL, value TEXT NOT NULL, at BIGINT NOT NULL);
INSERT INTO "http_cache" VALUES('O''Neil; -- "x" \ 
	 🕰 مرحبا ‮','O''Neil; -- "x" \ 
	 🕰 مرحبا ‮','O''Neil; -- "x" \ 
	 🕰 مرحبا ‮',1772402400000001);
CREATE TABLE issue_order (
        repository TEXT NOT NULL,
        number BIGINT NOT NULL,
        edited_at BIGINT,
        stopped_at BIGINT,
        command BIGINT NOT NULL,
        cancelled_at BIGINT,
        PRIMARY KEY (repository, number)
    );
INSERT INTO "issue_order" VALUES('octo/tools',1,1772402400000001,1772402400000001,1099511627776,1772402400000001);
CREATE TABLE issues_read (
        repository TEXT NOT NULL,
        number BIGINT NOT NULL,
        updated_at BIGINT NOT NULL,
        PRIMARY KEY (repository, number)
    );
INSERT INTO "issues_read" VALUES('octo/tools',1,1772402400000001);
CREATE TABLE issues_shown (
        repository TEXT NOT NULL,
        number BIGINT NOT NULL,
        labels JSON,
        is_adding BOOLEAN NOT NULL,
        is_uncommented BOOLEAN NOT NULL,
        PRIMARY KEY (repository, number)
    );
INSERT INTO "issues_shown" VALUES('octo/tools',1,'["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "auto-running"]',0,0);
CREATE TABLE kept_work (
        task_id BIGINT PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE,
        base TEXT NOT NULL,
        head TEXT,
        session_id TEXT NOT NULL);
INSERT INTO "kept_work" VALUES(1,'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',NULL,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮');
CREATE TABLE labels_made (repository TEXT NOT NULL, label TEXT NOT NULL, PRIMARY KEY (repository, label));
INSERT INTO "labels_made" VALUES('octo/tools','O''Neil; -- "x" \ 
	 🕰 مرحبا ‮');
CREATE TABLE leftovers (key TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO "leftovers" VALUES('cursor:O''Neil; -- "x" \ 
	 🕰 مرحبا ‮','O''Neil; -- "x" \ 
	 🕰 مرحبا ‮');
CREATE TABLE live_attempts (
            task_id BIGINT PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            turns INTEGER NOT NULL,
            cost_usd DOUBLE PRECISION NOT NULL,
            lines JSON NOT NULL,
            began_at BIGINT,
            pressed TEXT NOT NULL,
            pressed_at INTEGER NOT NULL
        );
INSERT INTO "live_attempts" VALUES(1,2,3,0.1,'["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"]',1772402400000001,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮',1);
CREATE TABLE native_stacks (
            task_id BIGINT NOT NULL PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE,
            pull BIGINT NOT NULL,
            stack BIGINT,
            refused BOOLEAN NOT NULL
        );
INSERT INTO "native_stacks" VALUES(1,1099511627776,7,0);
CREATE TABLE native_stacks_lacking (
            repository TEXT PRIMARY KEY,
            until BIGINT NOT NULL,
            why TEXT NOT NULL
        );
INSERT INTO "native_stacks_lacking" VALUES('octo/tools',1772402400000001,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮');
CREATE TABLE notices (
            task_id BIGINT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
            rest TEXT NOT NULL,
            comment BIGINT,
            digest TEXT NOT NULL, asked JSON,
            PRIMARY KEY (task_id, rest)
        );
INSERT INTO "notices" VALUES(1,'1.in_review',1099511627776,'dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','{"pull_request": 2, "assigned": ["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"], "reviews": ["octo/core"], "refused": ["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"], "unassigned": [], "is_reached": true}');
CREATE TABLE ordered_attempts (
            task_id BIGINT NOT NULL PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            name TEXT NOT NULL,
            fence BIGINT NOT NULL,
            reference TEXT NOT NULL
        );
INSERT INTO "ordered_attempts" VALUES(1,1,'octo.tools-1-1-1',1099511627776,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮');
CREATE TABLE outbox (
            id INTEGER PRIMARY KEY,
            key TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            payload JSON NOT NULL,
            version INTEGER NOT NULL CHECK (version > 0),
            tries INTEGER NOT NULL CHECK (tries >= 0),
            due_at BIGINT,
            note TEXT NOT NULL
        , rank INTEGER NOT NULL DEFAULT 2, posted_at BIGINT NOT NULL DEFAULT 0);
INSERT INTO "outbox" VALUES(1,'waits','label','{"odd": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}',1,0,1772402400000001,'',2,1772402400000001);
CREATE TABLE own_errors (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            caught INTEGER NOT NULL,
            last_at BIGINT NOT NULL,
            last TEXT NOT NULL
        );
INSERT INTO "own_errors" VALUES(1,1,1772402400000001,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮');
CREATE TABLE pauses (
            cause TEXT PRIMARY KEY,
            until BIGINT,
            reason TEXT NOT NULL,
            since BIGINT NOT NULL
        );
INSERT INTO "pauses" VALUES('usage_limit',1806962400000001,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮',1772402400000001);
CREATE TABLE publications (
        task_id BIGINT PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE,
        head TEXT NOT NULL,
        replaces TEXT,
        base TEXT NOT NULL,
        title TEXT NOT NULL,
        body TEXT NOT NULL,
        summary TEXT NOT NULL,
        approved TEXT NOT NULL
    , failure TEXT, detail TEXT NOT NULL DEFAULT '', below BIGINT, below_commit TEXT, below_parts TEXT NOT NULL DEFAULT '');
INSERT INTO "publications" VALUES(1,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',NULL,'main','O''Neil; -- "x" \ 
	 🕰 مرحبا ‮','O''Neil; -- "x" \ 
	 🕰 مرحبا ‮','O''Neil; -- "x" \ 
	 🕰 مرحبا ‮','1 x','stalled','O''Neil; -- "x" \ 
	 🕰 مرحبا ‮',NULL,NULL,'');
CREATE TABLE pull_request_settings (repository TEXT PRIMARY KEY, settings JSON NOT NULL);
INSERT INTO "pull_request_settings" VALUES('octo/tools','{"assignees": ["ada"], "reviewers": ["octo/core"], "labels": ["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"], "draft": true}');
CREATE TABLE queue_state (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        served_at BIGINT,
        good_at BIGINT,
        last_paused BIGINT NOT NULL,
        shown_reason TEXT NOT NULL,
        shown_after BIGINT
    , labels_after BIGINT, are_paths_known BOOLEAN NOT NULL DEFAULT FALSE);
INSERT INTO "queue_state" VALUES(1,1772402400000001,1772402400000001,1,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮',3,4,0);
CREATE TABLE refused_patches (
        task_id BIGINT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
        attempt INTEGER NOT NULL,
        patch TEXT NOT NULL,
        PRIMARY KEY (task_id, attempt)
    );
INSERT INTO "refused_patches" VALUES(1,1,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮');
CREATE TABLE removed_tasks (
            repository TEXT NOT NULL,
            number BIGINT NOT NULL CHECK (number > 0),
            pull_request BIGINT,
            state TEXT NOT NULL,
            at BIGINT NOT NULL,
            PRIMARY KEY (repository, number)
        );
INSERT INTO "removed_tasks" VALUES('octo/tools',1099511627777,7,'cancelled',1772402400000001);
CREATE TABLE repairs (
            task_id BIGINT PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE,
            checks INTEGER NOT NULL CHECK (checks >= 0),
            sessions INTEGER NOT NULL CHECK (sessions >= 0),
            checked TEXT NOT NULL,
            conflicted TEXT NOT NULL
        , restacked TEXT NOT NULL DEFAULT '');
INSERT INTO "repairs" VALUES(1,2,1,'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb','cccccccccccccccccccccccccccccccccccccccc','');
CREATE TABLE replies (key TEXT PRIMARY KEY, issue TEXT NOT NULL, at BIGINT NOT NULL);
INSERT INTO "replies" VALUES('O''Neil; -- "x" \ 
	 🕰 مرحبا ‮','octo/tools#1',1772402400000001);
CREATE TABLE repository_limits (
            repository TEXT PRIMARY KEY,
            max_open_pull_requests INTEGER NOT NULL CHECK (max_open_pull_requests > 0)
        );
INSERT INTO "repository_limits" VALUES('octo/tools',3);
CREATE TABLE repository_names (
            name TEXT NOT NULL PRIMARY KEY,
            repository_id BIGINT NOT NULL,
            spelling TEXT NOT NULL,
            is_present BOOLEAN NOT NULL
        );
INSERT INTO "repository_names" VALUES('octo/tools',1099511627776,'octo/tools',1);
CREATE TABLE review_items (
            repository TEXT NOT NULL,
            item TEXT NOT NULL,
            task_id BIGINT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
            head TEXT,
            PRIMARY KEY (repository, item)
        );
INSERT INTO "review_items" VALUES('octo/tools','review:1099511627776',1,NULL);
INSERT INTO "review_items" VALUES('octo/tools','thread:1099511627776:2199023255552',1,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa');
CREATE TABLE revisions (
            task_id BIGINT PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE,
            pull_request BIGINT NOT NULL CHECK (pull_request > 0),
            asked_by TEXT NOT NULL,
            asked_at BIGINT NOT NULL,
            answers JSON NOT NULL
        , purpose TEXT NOT NULL DEFAULT 'revise', about JSON NOT NULL DEFAULT '[]');
INSERT INTO "revisions" VALUES(1,1048576,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮',1772402400000001,'[["thread:1099511627776:2199023255552", 1099511627776, "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"]]','revise','["test", "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"]');
CREATE TABLE said (
            task_id BIGINT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
            item TEXT NOT NULL,
            attempt INTEGER NOT NULL,
            asked_by TEXT NOT NULL,
            words TEXT NOT NULL,
            place TEXT NOT NULL,
            said_at BIGINT NOT NULL,
            read_at BIGINT,
            PRIMARY KEY (task_id, item)
        );
INSERT INTO "said" VALUES(1,'comment:1099511627776',2,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮','O''Neil; -- "x" \ 
	 🕰 مرحبا ‮','octo/tools#1',1772402400000001,1772402400000001);
CREATE TABLE schema_version (version INTEGER PRIMARY KEY);
INSERT INTO "schema_version" VALUES(1);
INSERT INTO "schema_version" VALUES(2);
INSERT INTO "schema_version" VALUES(3);
INSERT INTO "schema_version" VALUES(4);
INSERT INTO "schema_version" VALUES(5);
INSERT INTO "schema_version" VALUES(6);
INSERT INTO "schema_version" VALUES(7);
INSERT INTO "schema_version" VALUES(8);
INSERT INTO "schema_version" VALUES(9);
INSERT INTO "schema_version" VALUES(10);
INSERT INTO "schema_version" VALUES(11);
INSERT INTO "schema_version" VALUES(12);
INSERT INTO "schema_version" VALUES(13);
INSERT INTO "schema_version" VALUES(14);
INSERT INTO "schema_version" VALUES(15);
INSERT INTO "schema_version" VALUES(16);
INSERT INTO "schema_version" VALUES(17);
INSERT INTO "schema_version" VALUES(18);
INSERT INTO "schema_version" VALUES(19);
INSERT INTO "schema_version" VALUES(20);
INSERT INTO "schema_version" VALUES(21);
INSERT INTO "schema_version" VALUES(22);
INSERT INTO "schema_version" VALUES(23);
INSERT INTO "schema_version" VALUES(24);
INSERT INTO "schema_version" VALUES(25);
INSERT INTO "schema_version" VALUES(26);
INSERT INTO "schema_version" VALUES(27);
INSERT INTO "schema_version" VALUES(28);
INSERT INTO "schema_version" VALUES(29);
INSERT INTO "schema_version" VALUES(30);
INSERT INTO "schema_version" VALUES(31);
INSERT INTO "schema_version" VALUES(32);
INSERT INTO "schema_version" VALUES(33);
INSERT INTO "schema_version" VALUES(34);
INSERT INTO "schema_version" VALUES(35);
CREATE TABLE shown_checks (
            task_id BIGINT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            run BIGINT NOT NULL CHECK (run > 0),
            head TEXT NOT NULL,
            reference TEXT NOT NULL,
            status TEXT NOT NULL,
            has_buttons BOOLEAN NOT NULL,
            digest TEXT NOT NULL,
            shown_at BIGINT NOT NULL,
            PRIMARY KEY (task_id, name)
        );
INSERT INTO "shown_checks" VALUES(1,'Nightshift',1099511627776,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','1:2','completed',1,'dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd',1772402400000001);
CREATE TABLE stacked_on (
            task_id BIGINT NOT NULL PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE,
            number BIGINT NOT NULL,
            commit_name TEXT NOT NULL
        );
INSERT INTO "stacked_on" VALUES(1,9,'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb');
CREATE TABLE stacked_parts (
            task_id BIGINT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
            number BIGINT NOT NULL,
            commit_name TEXT NOT NULL,
            PRIMARY KEY (task_id, number)
        );
INSERT INTO "stacked_parts" VALUES(1,9,'cccccccccccccccccccccccccccccccccccccccc');
INSERT INTO "stacked_parts" VALUES(1,1099511627776,'dddddddddddddddddddddddddddddddddddddddd');
CREATE TABLE status_comments (task_id BIGINT PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE, comment BIGINT NOT NULL, digest TEXT NOT NULL);
INSERT INTO "status_comments" VALUES(1,1099511627776,'dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd');
CREATE TABLE task_events (
        id INTEGER PRIMARY KEY,
        task_id BIGINT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
        at BIGINT NOT NULL,
        kind TEXT NOT NULL,
        source TEXT,
        target TEXT NOT NULL,
        actor TEXT NOT NULL,
        why TEXT NOT NULL,
        details JSON NOT NULL
    );
INSERT INTO "task_events" VALUES(1,1,1772402400000001,'queued',NULL,'queued','ada','','{}');
INSERT INTO "task_events" VALUES(2,1,1772402400000001,'started','queued','running','nightshift','','{"attempt": 1, "worker": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}');
INSERT INTO "task_events" VALUES(3,1,1772402400000001,'moved','running','in_review','nightshift','','{}');
INSERT INTO "task_events" VALUES(4,2,1772402400000001,'queued',NULL,'queued','ada','','{}');
INSERT INTO "task_events" VALUES(5,2,1772402400000001,'started','queued','running','nightshift','','{"attempt": 1, "worker": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}');
INSERT INTO "task_events" VALUES(6,2,1772402400000001,'moved','running','in_review','nightshift','','{}');
INSERT INTO "task_events" VALUES(7,2,1772402400000001,'moved','in_review','done','nightshift','','{"pull_request": 1099511627778}');
INSERT INTO "task_events" VALUES(8,3,1772402400000001,'queued',NULL,'queued','ada','','{}');
INSERT INTO "task_events" VALUES(9,3,1772402400000001,'started','queued','running','nightshift','','{"attempt": 1, "worker": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}');
INSERT INTO "task_events" VALUES(10,3,1772402400000001,'moved','running','in_review','nightshift','','{}');
INSERT INTO "task_events" VALUES(11,3,1772402400000001,'moved','in_review','closed','nightshift','','{"pull_request": 1099511627779}');
INSERT INTO "task_events" VALUES(12,4,1772402400000001,'queued',NULL,'queued','ada','','{}');
INSERT INTO "task_events" VALUES(13,4,1772402400000001,'started','queued','running','nightshift','','{"attempt": 1, "worker": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}');
INSERT INTO "task_events" VALUES(14,4,1772402400000001,'moved','running','failed','nightshift','verification_failed','{}');
INSERT INTO "task_events" VALUES(15,5,1772402400000001,'queued',NULL,'queued','ada','','{}');
INSERT INTO "task_events" VALUES(16,5,1772402400000001,'started','queued','running','nightshift','','{"attempt": 1, "worker": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}');
INSERT INTO "task_events" VALUES(17,5,1772402400000001,'moved','running','no_change','nightshift','','{}');
INSERT INTO "task_events" VALUES(18,6,1772402400000001,'queued',NULL,'queued','ada','','{}');
INSERT INTO "task_events" VALUES(19,6,1772402400000001,'started','queued','running','nightshift','','{"attempt": 1, "worker": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}');
INSERT INTO "task_events" VALUES(20,6,1772402400000001,'moved','running','cancelled','nightshift','','{}');
INSERT INTO "task_events" VALUES(21,7,1772402400000001,'queued',NULL,'queued','ada','','{}');
INSERT INTO "task_events" VALUES(22,7,1772402400000001,'started','queued','running','nightshift','','{"attempt": 1, "worker": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}');
INSERT INTO "task_events" VALUES(23,8,1772402400000001,'queued',NULL,'queued','ada','','{}');
CREATE TABLE tasks (
            id INTEGER PRIMARY KEY,
            repository TEXT NOT NULL,
            number BIGINT NOT NULL CHECK (number > 0),
            state TEXT NOT NULL CHECK (state IN (
                'queued', 'running', 'in_review', 'done', 'failed', 'no_change', 'cancelled', 'closed'
            )),
            priority INTEGER NOT NULL,
            snapshot JSON NOT NULL,
            overrides JSON NOT NULL,
            failure TEXT,
            detail TEXT NOT NULL,
            attempts INTEGER NOT NULL CHECK (attempts >= 0),
            automatic_retries INTEGER NOT NULL CHECK (automatic_retries >= 0),
            blocked_by INTEGER NOT NULL CHECK (blocked_by >= 0),
            not_before BIGINT,
            pushed TEXT,
            pull_request BIGINT,
            fence BIGINT NOT NULL CHECK (fence >= 0),
            slot INTEGER CHECK (slot >= 0),
            worker TEXT,
            lease_until BIGINT,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            queued_at BIGINT NOT NULL, verdict JSON, lint TEXT NOT NULL DEFAULT '', pushing TEXT, path_seconds BIGINT NOT NULL DEFAULT 0, claimed TEXT, merged_into BIGINT, reached TEXT,
            UNIQUE (repository, number),
            CONSTRAINT a_failed_task_says_why CHECK (state <> 'failed' OR failure IS NOT NULL),
            CONSTRAINT only_a_running_task_holds_a_lease CHECK (
                (state = 'running') = (slot IS NOT NULL)
                AND (state = 'running') = (worker IS NOT NULL)
                AND (state = 'running') = (lease_until IS NOT NULL)
            )
        );
INSERT INTO "tasks" VALUES(1,'octo/tools',1,'in_review',2,'{"title": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "body": "\u0000 \ud800", "comments": [{"author": "ada", "body": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}], "answers": [{"comment": 1099511627776, "author": "sam", "body": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}], "approved_by": "ada", "approved_at": "2026-03-01T22:00:00.000001+00:00"}','{"turns": 9, "budget_usd": 0.1, "model": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "fresh": true, "allow": []}',NULL,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮',1,0,0,NULL,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',NULL,1,NULL,NULL,NULL,1772402400000001,1772402400000001,1772402400000001,'{"standing": "not verified", "commands": ["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "make"], "more": 2, "before": "could not run", "fails": true, "reason": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "tests": 1048576, "flagged": true, "flaky": false, "size": null, "failed": null}','','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',0,NULL,NULL,NULL);
INSERT INTO "tasks" VALUES(2,'octo/tools',2,'done',2,'{"title": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "body": "\u0000 \ud800", "comments": [{"author": "ada", "body": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}], "answers": [{"comment": 1099511627776, "author": "sam", "body": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}], "approved_by": "ada", "approved_at": "2026-03-01T22:00:00.000001+00:00"}','{"turns": 9, "budget_usd": 0.1, "model": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "fresh": true, "allow": []}',NULL,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮',1,0,0,NULL,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',1099511627778,2,NULL,NULL,NULL,1772402400000001,1772402400000001,1772402400000001,'{"standing": "not verified", "commands": ["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "make"], "more": 2, "before": "could not run", "fails": true, "reason": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "tests": 1048576, "flagged": true, "flaky": false, "size": null, "failed": null}','','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',0,NULL,NULL,NULL);
INSERT INTO "tasks" VALUES(3,'octo/tools',3,'closed',2,'{"title": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "body": "\u0000 \ud800", "comments": [{"author": "ada", "body": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}], "answers": [{"comment": 1099511627776, "author": "sam", "body": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}], "approved_by": "ada", "approved_at": "2026-03-01T22:00:00.000001+00:00"}','{"turns": 9, "budget_usd": 0.1, "model": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "fresh": true, "allow": []}',NULL,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮',1,0,0,NULL,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',1099511627779,3,NULL,NULL,NULL,1772402400000001,1772402400000001,1772402400000001,'{"standing": "not verified", "commands": ["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "make"], "more": 2, "before": "could not run", "fails": true, "reason": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "tests": 1048576, "flagged": true, "flaky": false, "size": null, "failed": null}','','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',0,NULL,NULL,NULL);
INSERT INTO "tasks" VALUES(4,'octo/tools',4,'failed',2,'{"title": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "body": "\u0000 \ud800", "comments": [{"author": "ada", "body": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}], "answers": [{"comment": 1099511627776, "author": "sam", "body": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}], "approved_by": "ada", "approved_at": "2026-03-01T22:00:00.000001+00:00"}','{"turns": 9, "budget_usd": 0.1, "model": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "fresh": true, "allow": []}','verification_failed','O''Neil; -- "x" \ 
	 🕰 مرحبا ‮',1,0,0,NULL,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',NULL,4,NULL,NULL,NULL,1772402400000001,1772402400000001,1772402400000001,'{"standing": "not verified", "commands": ["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "make"], "more": 2, "before": "could not run", "fails": true, "reason": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "tests": 1048576, "flagged": true, "flaky": false, "size": null, "failed": null}','','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',0,NULL,NULL,NULL);
INSERT INTO "tasks" VALUES(5,'octo/tools',5,'no_change',2,'{"title": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "body": "\u0000 \ud800", "comments": [{"author": "ada", "body": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}], "answers": [{"comment": 1099511627776, "author": "sam", "body": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}], "approved_by": "ada", "approved_at": "2026-03-01T22:00:00.000001+00:00"}','{"turns": 9, "budget_usd": 0.1, "model": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "fresh": true, "allow": []}',NULL,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮',1,0,0,NULL,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',NULL,5,NULL,NULL,NULL,1772402400000001,1772402400000001,1772402400000001,'{"standing": "not verified", "commands": ["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "make"], "more": 2, "before": "could not run", "fails": true, "reason": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "tests": 1048576, "flagged": true, "flaky": false, "size": null, "failed": null}','','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',0,NULL,NULL,NULL);
INSERT INTO "tasks" VALUES(6,'octo/tools',6,'cancelled',2,'{"title": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "body": "\u0000 \ud800", "comments": [{"author": "ada", "body": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}], "answers": [{"comment": 1099511627776, "author": "sam", "body": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}], "approved_by": "ada", "approved_at": "2026-03-01T22:00:00.000001+00:00"}','{"turns": 9, "budget_usd": 0.1, "model": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "fresh": true, "allow": []}',NULL,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮',1,0,0,NULL,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',NULL,6,NULL,NULL,NULL,1772402400000001,1772402400000001,1772402400000001,'{"standing": "not verified", "commands": ["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "make"], "more": 2, "before": "could not run", "fails": true, "reason": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "tests": 1048576, "flagged": true, "flaky": false, "size": null, "failed": null}','','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',0,NULL,NULL,NULL);
INSERT INTO "tasks" VALUES(7,'octo/tools',7,'running',2,'{"title": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "body": "\u0000 \ud800", "comments": [{"author": "ada", "body": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}], "answers": [{"comment": 1099511627776, "author": "sam", "body": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}], "approved_by": "ada", "approved_at": "2026-03-01T22:00:00.000001+00:00"}','{"turns": 9, "budget_usd": 0.1, "model": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "fresh": true, "allow": []}',NULL,'',1,0,0,NULL,NULL,NULL,7,0,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮',1772402520000001,1772402400000001,1772402400000001,1772402400000001,'{"standing": "not verified", "commands": ["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "make"], "more": 2, "before": "could not run", "fails": true, "reason": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "tests": 1048576, "flagged": true, "flaky": false, "size": null, "failed": null}','','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',0,NULL,NULL,NULL);
INSERT INTO "tasks" VALUES(8,'octo/tools',1099511627776,'queued',2,'{"title": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "body": "\u0000 \ud800", "comments": [{"author": "ada", "body": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}], "answers": [{"comment": 1099511627776, "author": "sam", "body": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}], "approved_by": "ada", "approved_at": "2026-03-01T22:00:00.000001+00:00"}','{"turns": 9, "budget_usd": 0.1, "model": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "fresh": true, "allow": []}',NULL,'',0,0,1,NULL,NULL,NULL,0,NULL,NULL,NULL,1772402400000001,1772402400000001,1772402400000001,NULL,'',NULL,0,NULL,NULL,NULL);
CREATE TABLE trial_merges (repository TEXT PRIMARY KEY, tested TEXT NOT NULL);
INSERT INTO "trial_merges" VALUES('octo/tools','ab');
CREATE TABLE writes (id INTEGER PRIMARY KEY, at BIGINT NOT NULL, reads INTEGER NOT NULL);
INSERT INTO "writes" VALUES(1,1772402400000001,3);
CREATE TABLE wrong_settings (repository TEXT PRIMARY KEY, version TEXT NOT NULL, mistakes JSON NOT NULL, number BIGINT);
INSERT INTO "wrong_settings" VALUES('octo/wrong','abababababab','["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"]',1099511627776);
CREATE INDEX deliveries_to_do ON deliveries (id, due_at) WHERE done_at IS NULL;
CREATE UNIQUE INDEX tasks_slots ON tasks (repository, slot) WHERE state = 'running';
CREATE UNIQUE INDEX tasks_fences ON tasks (fence) WHERE fence > 0;
CREATE INDEX tasks_queued ON tasks (queued_at) WHERE state = 'queued';
CREATE INDEX tasks_in_review ON tasks (repository, number) WHERE state = 'in_review';
CREATE INDEX tasks_by_pull_request ON tasks (repository, pull_request) WHERE pull_request IS NOT NULL;
CREATE INDEX writes_by_time ON writes (at);
CREATE INDEX blockers_by_issue ON blockers (repository, number, met);
CREATE INDEX attempts_by_end ON attempts (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX attempts_open ON attempts (task_id) WHERE finished_at IS NULL;
CREATE INDEX deliveries_done ON deliveries (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX tasks_counted ON tasks (attempts, state);
CREATE INDEX tasks_blocked ON tasks (repository, number) WHERE state = 'queued' AND blocked_by > 0;
CREATE INDEX outbox_to_say ON outbox (rank, due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX outbox_settled ON outbox (posted_at) WHERE due_at IS NULL;
CREATE INDEX outbox_given_up ON outbox (id) WHERE due_at IS NULL AND note <> '';
CREATE INDEX task_events_by_task ON task_events (task_id, id);
CREATE INDEX task_events_by_time ON task_events (at, target);
CREATE INDEX review_items_by_task ON review_items (task_id);
CREATE INDEX removed_by_pull_request ON removed_tasks (repository, pull_request) WHERE pull_request IS NOT NULL;
CREATE INDEX tasks_unread ON tasks (id) WHERE state = 'queued' AND lint = 'unread';
CREATE INDEX repository_names_by_id ON repository_names (repository_id);
CREATE INDEX stacked_on_number ON stacked_on (number);
CREATE INDEX tasks_ready ON tasks (repository, priority, path_seconds DESC, id, not_before) WHERE state = 'queued' AND blocked_by = 0 AND lint <> 'waits' AND lint <> 'unread';
CREATE INDEX stacked_parts_number ON stacked_parts (number);
CREATE INDEX tasks_in_cycles ON tasks (id) WHERE state = 'failed' AND failure = 'dependency_cycle';
CREATE INDEX tasks_claimed ON tasks (repository) WHERE claimed IS NOT NULL;
CREATE INDEX tasks_merged_into ON tasks (repository, merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX tasks_changed_in_review ON tasks (updated_at, repository) WHERE state = 'in_review';
CREATE INDEX tasks_changed_failed ON tasks (updated_at, repository) WHERE state = 'failed';
CREATE INDEX tasks_changed_done ON tasks (updated_at, repository) WHERE state = 'done';
CREATE INDEX tasks_changed_no_change ON tasks (updated_at, repository) WHERE state = 'no_change';
CREATE INDEX tasks_changed_cancelled ON tasks (updated_at, repository) WHERE state = 'cancelled';
CREATE INDEX tasks_changed_closed ON tasks (updated_at, repository) WHERE state = 'closed';
COMMIT;
