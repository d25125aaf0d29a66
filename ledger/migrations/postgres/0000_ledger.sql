CREATE TABLE "ledger_checkpoints" (
	"name" text PRIMARY KEY NOT NULL,
	"version" integer NOT NULL,
	"seq" bigint NOT NULL,
	"hash" text NOT NULL,
	"state" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ledger_effects" (
	"position" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "ledger_effects_position_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"id" text NOT NULL,
	"kind" text NOT NULL,
	"body" text NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"reason" text,
	"done" boolean DEFAULT false NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ledger_events" (
	"seq" bigint PRIMARY KEY NOT NULL,
	"at" bigint NOT NULL,
	"subnet" text NOT NULL,
	"type" text NOT NULL,
	"key" text NOT NULL,
	"body" text NOT NULL,
	"prev" text NOT NULL,
	"hash" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ledger_fences" (
	"lease" text PRIMARY KEY NOT NULL,
	"token" bigint NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX "ledger_effects_id" ON "ledger_effects" USING btree ("id");--> statement-breakpoint
CREATE INDEX "ledger_effects_open" ON "ledger_effects" USING btree ("done","position");--> statement-breakpoint
CREATE UNIQUE INDEX "ledger_events_key" ON "ledger_events" USING btree ("subnet","type","key");--> statement-breakpoint
CREATE INDEX "ledger_events_type" ON "ledger_events" USING btree ("type","seq");