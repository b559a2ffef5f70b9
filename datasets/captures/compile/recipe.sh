#!/bin/bash
# Two quiet seconds, the build, and the rest of fifteen seconds.
sleep 2
scripts/scenarios/compile.sh 400
sleep 6
