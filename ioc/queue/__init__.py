"""The queue of plans, and what became of them.

items       what waits, read from text           runner      runs it, one after the other
line        their order, as ranks                verdict     what the end of a plan means
changes     what has changed, as data            history     what became of each plan of the engine
keeping     the way into the journal             face        from another thread of this process
plan_queue  what clients ask for                 client, command   over Channel Access, from the command line
"""
