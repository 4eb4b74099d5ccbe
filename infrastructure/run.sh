#!/bin/sh
# What the Lambda Web Adapter starts in place of the runtime.
exec dotnet "${LAMBDA_TASK_ROOT:-/var/task}/Oith.Matching.dll"
