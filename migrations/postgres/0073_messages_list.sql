-- Pages of messages, with a state or a part of the address, without reading the words of the rest.
CREATE INDEX message_listed ON message (company_id, id, state, address);
