-- Write the layout's version where there is none, and read it.
--
-- KEYS  1  meta (hash)
-- ARGV  1  schema   2  partitions
redis.call('HSETNX', KEYS[1], 'schema', ARGV[1])
redis.call('HSETNX', KEYS[1], 'partitions', ARGV[2])
return redis.call('HMGET', KEYS[1], 'schema', 'partitions')
