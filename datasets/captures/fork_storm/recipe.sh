#!/bin/bash
# Two quiet seconds, the storm, four seconds in which its end shows.
sleep 2
scripts/scenarios/fork_storm.sh 400
sleep 4
