"""What a site would have drawn without an event, and the reasons where nobody can say.

    `averaging` (the mean of days like it, by `choosing` and `days`) ▸ `result`
    `same_day`  (then moved by what the hours before the event tell, as far as its `notice` allows)
    `flat`      (one number: as metered before the event, or as agreed) ▸ `result`

Pure functions of loads and a calendar. What differs between programs are values without a default;
only what a method's name says is fixed here.
"""
