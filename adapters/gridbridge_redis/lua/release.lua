-- Let a station's socket go, unless a newer claim holds it. The epoch stays: it never falls.
--
-- KEYS  1  station (hash)
-- ARGV  1  epoch of the claim
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return 0 end
return redis.call('HDEL', KEYS[1], 'gw')
