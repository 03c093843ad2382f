-- Become the holder of a station's socket: the newest claim wins.
--
-- KEYS  1  station (hash)
-- ARGV  1  instance   2  the highest epoch the instance remembers of this station
-- Returns {epoch, the instance that held it before or ''}.
local o = redis.call('HMGET', KEYS[1], 'epoch', 'gw')
local epoch = math.max(tonumber(o[1] or 0), tonumber(ARGV[2])) + 1
redis.call('HSET', KEYS[1], 'epoch', epoch, 'gw', ARGV[1])
return {epoch, o[2] or ''}
