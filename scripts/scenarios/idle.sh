#!/bin/bash
# idle.sh [SECONDS]: nothing at all for SECONDS (15).
exec sleep "${1:-15}"
