-- Count an instance among the living for one lease, by the server's clock, and list them all.
--
-- KEYS  1  gateways (sorted set: instance by until_ms)
-- ARGV  1  instance   2  how long a lease lasts, ms
-- An until_ms further ahead than a lease counts as over: the clock was set back.
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '(' .. (now + ARGV[2]), '+inf')
return redis.call('ZRANGE', KEYS[1], 0, -1)
