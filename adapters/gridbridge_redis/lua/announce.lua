-- Write an instance's sign of life.
--
-- KEYS  1  gateway (hash)
-- ARGV  1  how long it lasts, ms   2  version   3  listeners, a JSON array
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'listeners', ARGV[3])
return redis.call('PEXPIRE', KEYS[1], ARGV[1])
