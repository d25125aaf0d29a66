CREATE TABLE `ledger_checkpoints` (
	`name` text PRIMARY KEY NOT NULL,
	`version` integer NOT NULL,
	`seq` integer NOT NULL,
	`hash` text NOT NULL,
	`state` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `ledger_effects` (
	`position` integer PRIMARY KEY NOT NULL,
	`id` text NOT NULL,
	`kind` text NOT NULL,
	`body` text NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`reason` text,
	`done` integer DEFAULT false NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `ledger_effects_id` ON `ledger_effects` (`id`);--> statement-breakpoint
CREATE INDEX `ledger_effects_open` ON `ledger_effects` (`done`,`position`);--> statement-breakpoint
CREATE TABLE `ledger_events` (
	`seq` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`subnet` text NOT NULL,
	`type` text NOT NULL,
	`key` text NOT NULL,
	`body` text NOT NULL,
	`prev` text NOT NULL,
	`hash` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `ledger_events_key` ON `ledger_events` (`subnet`,`type`,`key`);--> statement-breakpoint
CREATE INDEX `ledger_events_type` ON `ledger_events` (`type`,`seq`);--> statement-breakpoint
CREATE TABLE `ledger_fences` (
	`lease` text PRIMARY KEY NOT NULL,
	`token` integer NOT NULL
);
