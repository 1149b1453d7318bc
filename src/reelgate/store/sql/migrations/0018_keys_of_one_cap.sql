-- A key and its successors spend as one: what bounds the first of them bounds all together.

ALTER TABLE api_keys ADD COLUMN spends_as uuid REFERENCES api_keys;
CREATE INDEX api_keys_spends_as ON api_keys (spends_as) WHERE spends_as IS NOT NULL;
