-- Replace buckets of metered energy and keep what they were made from, under the owner's fence.
--
-- KEYS  1  owner (hash)   2  what they were made from (hash)
--       3  and up: sorted sets of buckets, one for each length
-- ARGV  1  fence   2  upto   3  state
--       then for each of KEYS 3 and up: start of the oldest bucket that stays
--       then for each bucket: which of KEYS, its start, its document
-- Returns 1, or nil where the fence is not the newest: then nothing was written.
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return false end
redis.call('HSET', KEYS[2], 'upto', ARGV[2], 'state', ARGV[3])
for i = #KEYS + 2, #ARGV, 3 do
  local buckets = KEYS[tonumber(ARGV[i])]
  redis.call('ZREMRANGEBYSCORE', buckets, ARGV[i + 1], ARGV[i + 1])
  redis.call('ZADD', buckets, ARGV[i + 1], ARGV[i + 2])
end
for i = 3, #KEYS do
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', '(' .. ARGV[i + 1])
end
return 1
