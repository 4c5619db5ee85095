-- What an address was withheld for: the server's code, and the campaign whose message came back.
ALTER TABLE suppression ADD COLUMN code TEXT NOT NULL DEFAULT '';
ALTER TABLE suppression ADD COLUMN campaign_id UUID;
