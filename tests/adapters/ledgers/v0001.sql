BEGIN TRANSACTION;
CREATE TABLE attempts (
            task_id BIGINT NOT NULL REFERENCES tasks (id),
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
            session_id TEXT NOT NULL,
            note TEXT NOT NULL,
            PRIMARY KEY (task_id, number)
        );
INSERT INTO "attempts" VALUES(1,1,1772402400000001,1772402401000001,'in_review',NULL,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮','',12,0,0.1,0.0,0.0,3,2,1,'["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"]','[["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", 1], ["sleep 9", null]]','','');
INSERT INTO "attempts" VALUES(2,1,1772402400000001,1772402401000001,'in_review',NULL,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮','',12,0,0.1,0.0,0.0,3,2,1,'["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"]','[["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", 1], ["sleep 9", null]]','','');
INSERT INTO "attempts" VALUES(3,1,1772402400000001,1772402401000001,'in_review',NULL,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮','',12,0,0.1,0.0,0.0,3,2,1,'["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"]','[["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", 1], ["sleep 9", null]]','','');
INSERT INTO "attempts" VALUES(4,1,1772402400000001,1772402401000001,'failed','verification_failed','O''Neil; -- "x" \ 
	 🕰 مرحبا ‮','',12,0,0.1,0.0,0.0,3,2,1,'["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"]','[["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", 1], ["sleep 9", null]]','','');
INSERT INTO "attempts" VALUES(5,1,1772402400000001,1772402401000001,'no_change',NULL,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮','',12,0,0.1,0.0,0.0,3,2,1,'["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"]','[["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", 1], ["sleep 9", null]]','','');
INSERT INTO "attempts" VALUES(6,1,1772402400000001,1772402401000001,'cancelled',NULL,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮','',12,0,0.1,0.0,0.0,3,2,1,'["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"]','[["O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", 1], ["sleep 9", null]]','','');
INSERT INTO "attempts" VALUES(7,1,1772402400000001,NULL,NULL,NULL,'','',0,0,0.0,0.0,0.0,0,0,0,'[]','[]','','');
CREATE TABLE blockers (
            task_id BIGINT NOT NULL REFERENCES tasks (id),
            repository TEXT NOT NULL,
            number BIGINT NOT NULL CHECK (number > 0),
            position INTEGER NOT NULL,
            met BOOLEAN NOT NULL,
            PRIMARY KEY (task_id, repository, number)
        );
INSERT INTO "blockers" VALUES(8,'octo/zoo',9,0,0);
INSERT INTO "blockers" VALUES(8,'octo/tools',2,1,1);
CREATE TABLE deliveries (
            id INTEGER PRIMARY KEY,
            guid TEXT NOT NULL UNIQUE,
            event TEXT NOT NULL,
            payload BLOB NOT NULL,
            received_at BIGINT NOT NULL,
            due_at BIGINT NOT NULL,
            done_at BIGINT,
            tries INTEGER NOT NULL CHECK (tries >= 0),
            note TEXT NOT NULL
        );
INSERT INTO "deliveries" VALUES(1,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮','issues',X'7B22FF00223A20317D',1772402400000001,1772402400000001,NULL,0,'');
INSERT INTO "deliveries" VALUES(2,'done','ping',X'',1772402400000001,1772402400000001,1772402400000001,0,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮');
CREATE TABLE memory (key TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO "memory" VALUES('cursor:O''Neil; -- "x" \ 
	 🕰 مرحبا ‮','O''Neil; -- "x" \ 
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
        );
INSERT INTO "outbox" VALUES(1,'waits','label','{"odd": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}',1,0,1772402400000001,'');
CREATE TABLE pause (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            until BIGINT,
            reason TEXT NOT NULL,
            since BIGINT NOT NULL
        );
INSERT INTO "pause" VALUES(1,1806962400000001,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮',1772402400000001);
CREATE TABLE schema_version (version INTEGER PRIMARY KEY);
INSERT INTO "schema_version" VALUES(1);
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
            waits INTEGER NOT NULL CHECK (waits >= 0),
            not_before BIGINT,
            pushed TEXT,
            pull_request BIGINT,
            fence BIGINT NOT NULL CHECK (fence >= 0),
            slot INTEGER CHECK (slot >= 0),
            worker TEXT,
            lease_until BIGINT,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            queued_at BIGINT NOT NULL,
            UNIQUE (repository, number),
            CONSTRAINT a_failed_task_says_why CHECK (state <> 'failed' OR failure IS NOT NULL),
            CONSTRAINT only_a_running_task_holds_a_lease CHECK (
                (state = 'running') = (slot IS NOT NULL)
                AND (state = 'running') = (worker IS NOT NULL)
                AND (state = 'running') = (lease_until IS NOT NULL)
            )
        );
INSERT INTO "tasks" VALUES(1,'octo/tools',1,'in_review',2,'{"title": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "body": "\u0000 \ud800", "comments": [{"author": "ada", "body": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}], "approved_by": "ada", "approved_at": "2026-03-01T22:00:00.000001+00:00"}','{"turns": 9, "budget_usd": 0.1, "model": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "fresh": true}',NULL,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮',1,0,0,NULL,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',NULL,1,NULL,NULL,NULL,1772402400000001,1772402400000001,1772402400000001);
INSERT INTO "tasks" VALUES(2,'octo/tools',2,'done',2,'{"title": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "body": "\u0000 \ud800", "comments": [{"author": "ada", "body": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}], "approved_by": "ada", "approved_at": "2026-03-01T22:00:00.000001+00:00"}','{"turns": 9, "budget_usd": 0.1, "model": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "fresh": true}',NULL,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮',1,0,0,NULL,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',1099511627778,2,NULL,NULL,NULL,1772402400000001,1772402400000001,1772402400000001);
INSERT INTO "tasks" VALUES(3,'octo/tools',3,'closed',2,'{"title": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "body": "\u0000 \ud800", "comments": [{"author": "ada", "body": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}], "approved_by": "ada", "approved_at": "2026-03-01T22:00:00.000001+00:00"}','{"turns": 9, "budget_usd": 0.1, "model": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "fresh": true}',NULL,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮',1,0,0,NULL,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',1099511627779,3,NULL,NULL,NULL,1772402400000001,1772402400000001,1772402400000001);
INSERT INTO "tasks" VALUES(4,'octo/tools',4,'failed',2,'{"title": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "body": "\u0000 \ud800", "comments": [{"author": "ada", "body": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}], "approved_by": "ada", "approved_at": "2026-03-01T22:00:00.000001+00:00"}','{"turns": 9, "budget_usd": 0.1, "model": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "fresh": true}','verification_failed','O''Neil; -- "x" \ 
	 🕰 مرحبا ‮',1,0,0,NULL,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',NULL,4,NULL,NULL,NULL,1772402400000001,1772402400000001,1772402400000001);
INSERT INTO "tasks" VALUES(5,'octo/tools',5,'no_change',2,'{"title": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "body": "\u0000 \ud800", "comments": [{"author": "ada", "body": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}], "approved_by": "ada", "approved_at": "2026-03-01T22:00:00.000001+00:00"}','{"turns": 9, "budget_usd": 0.1, "model": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "fresh": true}',NULL,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮',1,0,0,NULL,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',NULL,5,NULL,NULL,NULL,1772402400000001,1772402400000001,1772402400000001);
INSERT INTO "tasks" VALUES(6,'octo/tools',6,'cancelled',2,'{"title": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "body": "\u0000 \ud800", "comments": [{"author": "ada", "body": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}], "approved_by": "ada", "approved_at": "2026-03-01T22:00:00.000001+00:00"}','{"turns": 9, "budget_usd": 0.1, "model": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "fresh": true}',NULL,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮',1,0,0,NULL,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',NULL,6,NULL,NULL,NULL,1772402400000001,1772402400000001,1772402400000001);
INSERT INTO "tasks" VALUES(7,'octo/tools',7,'running',2,'{"title": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "body": "\u0000 \ud800", "comments": [{"author": "ada", "body": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}], "approved_by": "ada", "approved_at": "2026-03-01T22:00:00.000001+00:00"}','{"turns": 9, "budget_usd": 0.1, "model": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "fresh": true}',NULL,'',1,0,0,NULL,NULL,NULL,7,0,'O''Neil; -- "x" \ 
	 🕰 مرحبا ‮',1772402520000001,1772402400000001,1772402400000001,1772402400000001);
INSERT INTO "tasks" VALUES(8,'octo/tools',1099511627776,'queued',2,'{"title": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "body": "\u0000 \ud800", "comments": [{"author": "ada", "body": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e"}], "approved_by": "ada", "approved_at": "2026-03-01T22:00:00.000001+00:00"}','{"turns": 9, "budget_usd": 0.1, "model": "O''Neil; -- \"x\" \\ \n\t \ud83d\udd70 \u0645\u0631\u062d\u0628\u0627 \u202e", "fresh": true}',NULL,'',0,0,1,NULL,NULL,NULL,0,NULL,NULL,NULL,1772402400000001,1772402400000001,1772402400000001);
CREATE INDEX deliveries_to_do ON deliveries (id, due_at) WHERE done_at IS NULL;
CREATE UNIQUE INDEX tasks_slots ON tasks (repository, slot) WHERE state = 'running';
CREATE UNIQUE INDEX tasks_fences ON tasks (fence) WHERE fence > 0;
CREATE INDEX tasks_ready ON tasks (repository, priority, id, not_before) WHERE state = 'queued' AND waits = 0;
CREATE INDEX tasks_queued ON tasks (queued_at) WHERE state = 'queued';
CREATE INDEX tasks_in_review ON tasks (repository, number) WHERE state = 'in_review';
CREATE INDEX tasks_by_pull_request ON tasks (repository, pull_request) WHERE pull_request IS NOT NULL;
CREATE INDEX blockers_by_issue ON blockers (repository, number, met);
CREATE INDEX outbox_to_say ON outbox (due_at, id) WHERE due_at IS NOT NULL;
COMMIT;
