-- Keep an engine's state and what the API shows, either or both, under the owner's fence.
--
-- KEYS  1  owner (hash)   2  snapshot (hash)   3  view (string)
-- ARGV  1  fence   2  upto, '' to leave the snapshot alone   3  state
--       4  view, absent to leave the view alone
-- Returns 1, or nil where the fence is not the newest.
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return false end
if ARGV[2] ~= '' then redis.call('HSET', KEYS[2], 'upto', ARGV[2], 'state', ARGV[3]) end
if ARGV[4] then redis.call('SET', KEYS[3], ARGV[4]) end
return 1
