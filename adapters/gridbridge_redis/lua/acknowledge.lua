-- Remember what a slot holds, unless a newer socket of the station was ever claimed.
--
-- KEYS  1  station (hash)   2  held (hash)
-- ARGV  1  epoch of the socket that heard it   2  field   3  digest
-- Returns 1 where it is remembered. A newer socket that is gone again may have changed the slot.
if tonumber(redis.call('HGET', KEYS[1], 'epoch') or 0) > tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
return 1
