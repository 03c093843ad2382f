-- Drop old entries of a log, under the owner's fence.
--
-- KEYS  1  owner (hash)   2  the log (stream)
-- ARGV  1  fence   2  id of the oldest entry that stays
-- Returns how many were dropped, or nil where the fence is not the newest.
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return false end
return redis.call('XTRIM', KEYS[2], 'MINID', '=', ARGV[2])
