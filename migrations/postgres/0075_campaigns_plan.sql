-- contract::campaigns::Plan as JSON: windows, zones, caps, variants, languages
ALTER TABLE campaign ADD COLUMN plan TEXT NOT NULL DEFAULT '{}';
-- from the plan: how the frequency cap holds for it, and whether its time is meant on each person's clock
ALTER TABLE campaign ADD COLUMN cap TEXT NOT NULL DEFAULT 'apply' CHECK (cap IN ('apply', 'priority', 'exempt'));
ALTER TABLE campaign ADD COLUMN by_zone BOOLEAN NOT NULL DEFAULT FALSE;
-- what made it, where that was no person
ALTER TABLE campaign ADD COLUMN made_by TEXT NOT NULL DEFAULT 'user' CHECK (made_by IN ('user', 'key', 'system'));
-- where its test of variants stands; the state says whether anything goes out at all
ALTER TABLE campaign ADD COLUMN phase TEXT NOT NULL DEFAULT '' CHECK (phase IN ('', 'testing', 'awaiting_winner', 'decided'));
-- when the winner is chosen
ALTER TABLE campaign ADD COLUMN decide_at BIGINT;
-- the chosen variant, counted from 0
ALTER TABLE campaign ADD COLUMN winner BIGINT;
ALTER TABLE campaign ADD COLUMN winner_why TEXT NOT NULL DEFAULT '';
-- the campaign whose readers are left out of this one
ALTER TABLE campaign ADD COLUMN resend_of UUID;
-- the variant this person gets, counted from 0; NULL where there is none, or where the winner is awaited
ALTER TABLE recipient ADD COLUMN variant BIGINT;
-- whether the variant was given for the test, not because it won
ALTER TABLE recipient ADD COLUMN is_sample BOOLEAN NOT NULL DEFAULT FALSE;
