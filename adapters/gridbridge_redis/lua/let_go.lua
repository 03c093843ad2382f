-- End an instance's lease at once; its fence ends with it.
--
-- KEYS  1  owner (hash)
-- ARGV  1  instance
if redis.call('HGET', KEYS[1], 'instance') ~= ARGV[1] then return 0 end
redis.call('HINCRBY', KEYS[1], 'fence', 1)
redis.call('HSET', KEYS[1], 'until_ms', 0)
return redis.call('HDEL', KEYS[1], 'instance')
