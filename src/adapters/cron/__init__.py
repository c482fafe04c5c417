"""Time: the system clock, and fire times of cron schedules."""
