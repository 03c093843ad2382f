-- Take or renew a lease, by the server's own clock.
--
-- KEYS  1  owner (hash: instance, fence, until_ms; never expires, so that the fence never falls)
-- ARGV  1  instance   2  how long a lease lasts, ms   3  the highest fence the instance remembers
--       4  1 to have the fence rise although the instance holds the lease
-- Returns the fence, or 0 while another instance holds the lease. An until_ms further ahead than
-- a lease counts as over: the clock was set back.
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local o = redis.call('HMGET', KEYS[1], 'instance', 'until_ms', 'fence')
local left = tonumber(o[2] or 0) - now
local over = left <= 0 or left > tonumber(ARGV[2])
if o[1] ~= ARGV[1] and not over then return 0 end
local fence = tonumber(o[3] or 0)
if o[1] ~= ARGV[1] or over or ARGV[4] == '1' then
  fence = math.max(fence, tonumber(ARGV[3])) + 1
end
redis.call('HSET', KEYS[1], 'instance', ARGV[1], 'fence', fence, 'until_ms', now + ARGV[2])
return fence
