#!/usr/bin/env bash
# Deploys OITH to AWS, or to whatever AWS_ENDPOINT_URL names. deploy.ps1 does the same in the same words.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
stacks=(data infrastructure matching stepfunctions)
tables=(users matches match-history blocks)
work=$(mktemp -d)
applied=() applying='' publishing=''
trap 'rm -rf "$work"' EXIT
trap 'interrupted' INT TERM

export AWS_PAGER='' AWS_CLI_AUTO_PROMPT=off

say() {
  # shellcheck disable=SC2059 # the first argument is the format
  printf "$1\n" "${@:2}"
}

fail() {
  say "$@" >&2
  exit 1
}

# What this run has changed, and what to do to go on.
say_progress() {
  local stack
  if [[ ${#applied[@]} -eq 0 && -z $applying ]]; then
    say 'Nothing was changed.' >&2
    return 0
  fi
  for stack in ${applied[@]+"${applied[@]}"}; do say 'Done before: %s' "$stack" >&2; done
  if [[ -n $applying ]]; then say 'Under way, and AWS finishes it: %s' "$applying" >&2; fi
  say 'What is done stays. Repeat the command to do the rest.' >&2
}

interrupted() {
  trap - INT TERM
  if [[ -n $publishing ]]; then kill "$publishing" 2> /dev/null || true; fi
  say '' >&2
  say 'Interrupted.' >&2
  say_progress
  exit 130
}

usage() {
  cat <<'TEXT'
Usage: deploy.sh <environment> deploy | status | cleanup  [options]
       deploy.sh --cost

  environment   development, staging or production
  deploy        creates or updates the stacks, publishes the service, writes env-infrastructure.txt
  status        shows stacks, endpoints and firing alarms
  cleanup       deletes the stacks; in production the data stack stays

Options
  --yes         asks nothing
  --dry-run     shows what deploy would change, or cleanup delete, and changes nothing
  --allow-anonymous
                deploys production without AUTHENTICATION_AUTHORITY: every caller of the API may act for every user
  --cost        prints the monthly estimate of the environment, or of all three, and does nothing else
  --help        prints this

Environment variables
  AWS_REGION, AWS_PROFILE, AWS_ENDPOINT_URL   as the AWS CLI reads them
  ALERT_EMAIL                 receives every alarm
  VPC_ID, SUBNET_IDS          network to use, two or three private subnets separated by commas; found when absent
  NETWORK_EGRESS              nat (default) or endpoints, see infrastructure/README.md
  ROUTE_TABLE_IDS             needed with NETWORK_EGRESS=endpoints: route tables of the subnets, separated by commas
  DAX                         true (default); false leaves DAX out
  OWN_REDIS_HOST              a Redis of yours in place of ElastiCache's, see infrastructure/README.md
  KMS_KEY_ARN                 key for everything at rest
  AUTHENTICATION_AUTHORITY    issuer of the JWT tokens that the service demands, an https URL; production needs it
  SECRETS_EXTENSION_LAYER_ARN layer of this region, see infrastructure/README.md; needed outside us-east-1
  DIRECT_MATCHING_THRESHOLD   candidates up to which one task matches a request; above, geo shards do
  ARCHITECTURE                x86_64 (default) or arm64
  USE_DAX                     true (default); false where the package feed lacks AWSSDK.DAX.Client
  SERVICE_ZIP                 a zip built before; absent, the service is published
  SETTINGS_FILE               where deploy writes the settings; env-infrastructure.txt of the repository when absent
  REDIS_PASSWORD              with AWS_ENDPOINT_URL: password of the emulator's Redis, written into the settings

A variable that is absent keeps what the stack already has.
TEXT
}

# ---- Arguments ----------------------------------------------------------------------------------------------------------------------------------------

environment='' command='' yes=false dry_run=false cost=false allow_anonymous=false
for argument in "$@"; do
  case $argument in
    --help | -h) usage; exit 0 ;;
    --yes) yes=true ;;
    --dry-run) dry_run=true ;;
    --allow-anonymous) allow_anonymous=true ;;
    --cost) cost=true ;;
    -*) fail 'Unknown option %s. See --help.' "$argument" ;;
    *)
      if [[ -z $environment ]]; then environment=$argument
      elif [[ -z $command ]]; then command=$argument
      else fail 'Too many arguments: %s. See --help.' "$argument"
      fi ;;
  esac
done

[[ -z $environment || $environment =~ ^(development|staging|production)$ ]] ||
  fail 'Unknown environment %s: development, staging or production.' "$environment"

# ---- Cost ---------------------------------------------------------------------------------------------------------------------------------------------

# prices.csv: resource,unit,price,development,staging,production; lines of # hold date and region.
print_cost() {
  sed -n 's/^# //p' "$here/prices.csv"
  say ''
  awk -F, -v only="$1" '
    /^#/ || NF < 6 { next }
    !seen++ { for (i = 4; i <= 6; i++) name[i] = $i; header(); next }
    { row($1 " (" $2 ", " $3 ")"); }
    function shown(i) { return only == "" || name[i] == only }
    function header(   i) {
      printf "| resource (unit, USD) |"
      for (i = 4; i <= 6; i++) if (shown(i)) printf " %s |", name[i]
      printf "\n| --- |"
      for (i = 4; i <= 6; i++) if (shown(i)) printf " ---: |"
      printf "\n"
    }
    function row(text,   i) {
      printf "| %s |", text
      for (i = 4; i <= 6; i++) if (shown(i)) { printf " %.2f |", $3 * $i; total[i] += $3 * $i }
      printf "\n"
    }
    END {
      printf "| total, USD a month |"
      for (i = 4; i <= 6; i++) if (shown(i)) printf " %.2f |", total[i]
      printf "\n"
    }' "$here/prices.csv"
}

if $cost; then
  print_cost "$environment"
  exit 0
fi

[[ -n $environment && -n $command ]] || { usage >&2; exit 2; }
[[ $command =~ ^(deploy|status|cleanup)$ ]] || fail 'Unknown command %s: deploy, status or cleanup.' "$command"
command -v aws > /dev/null ||
  fail 'The AWS CLI is not installed. See https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html.'

# ---- Variables -------------------------------------------------------------------------------------------------------------------------------------------

# check <variable> <value> <pattern> <rule>: refuses a value that CloudFormation or the AWS CLI would refuse late, or read as something else.
check() {
  [[ -z $2 || $2 =~ ^($3)$ ]] || fail '%s is %s; it must be %s.' "$1" "$2" "$4"
}

# trimmed <list>: a list separated by commas, without white space.
trimmed() { printf '%s' "${1//[[:space:]]/}"; }

check_variables() {
  SUBNET_IDS=$(trimmed "${SUBNET_IDS:-}")
  ROUTE_TABLE_IDS=$(trimmed "${ROUTE_TABLE_IDS:-}")
  check AWS_REGION "$region" '[a-z]{2,3}(-[a-z]+)+-[0-9]+' 'a region such as us-east-1'
  check AWS_ENDPOINT_URL "${AWS_ENDPOINT_URL:-}" 'https?://[^[:space:]]+' 'a URL'
  check VPC_ID "${VPC_ID:-}" 'vpc-[0-9a-z]+' 'the id of a VPC, vpc-…'
  check SUBNET_IDS "$SUBNET_IDS" 'subnet-[0-9a-z]+(,subnet-[0-9a-z]+)*' 'ids of subnets, subnet-…, separated by commas'
  check NETWORK_EGRESS "${NETWORK_EGRESS:-}" 'nat|endpoints' 'nat or endpoints'
  check ROUTE_TABLE_IDS "$ROUTE_TABLE_IDS" 'rtb-[0-9a-z]+(,rtb-[0-9a-z]+)*' 'ids of route tables, rtb-…, separated by commas'
  check ALERT_EMAIL "${ALERT_EMAIL:-}" '[^[:space:]@]+@[^[:space:]@]+[.][^[:space:]@]+' 'an e-mail address'
  check KMS_KEY_ARN "${KMS_KEY_ARN:-}" 'arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+' 'the ARN of a KMS key'
  check AUTHENTICATION_AUTHORITY "${AUTHENTICATION_AUTHORITY:-}" 'https://[^[:space:]]+' 'the https URL of an issuer'
  check SECRETS_EXTENSION_LAYER_ARN "${SECRETS_EXTENSION_LAYER_ARN:-}" 'arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:layer:.+:[0-9]+' 'the ARN of a layer version'
  check DIRECT_MATCHING_THRESHOLD "${DIRECT_MATCHING_THRESHOLD:-}" '[0-9]+' 'a number'
  check ARCHITECTURE "${ARCHITECTURE:-}" 'x86_64|arm64' 'x86_64 or arm64'
  check USE_DAX "${USE_DAX:-}" 'true|false' 'true or false'
  check DAX "${DAX:-}" 'true|false' 'true or false'
  check OWN_REDIS_HOST "${OWN_REDIS_HOST:-}" '[A-Za-z0-9.-]+' 'a host name'
  [[ -z ${SERVICE_ZIP:-} || -f $SERVICE_ZIP ]] || fail 'SERVICE_ZIP names %s, which is not there.' "$SERVICE_ZIP"
}

# ---- AWS CLI ------------------------------------------------------------------------------------------------------------------------------------------

# Says what went wrong in the last call, with the way out where there is one.
explain() {
  local error
  error=$(cat "$work/error")
  case $error in
    *ExpiredToken* | *'token included in the request is expired'* | *'Token has expired'* | *'session associated with this profile has expired'*)
      say 'The session token has expired. Sign in again (aws sso login, or new temporary credentials) and repeat the command.' >&2 ;;
    *'Unable to locate credentials'* | *NoCredentials* | *'could not be found'*profile* | *'config profile'*)
      say 'There are no credentials. Set AWS_PROFILE, run aws configure, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.' >&2 ;;
    *InvalidClientTokenId* | *UnrecognizedClientException* | *SignatureDoesNotMatch*)
      say 'AWS does not accept the credentials. Check AWS_PROFILE, the access key and the clock of this machine.' >&2 ;;
    *'Could not connect to the endpoint'* | *'Connection refused'*)
      say 'Nothing answers at %s. Check AWS_ENDPOINT_URL and AWS_REGION.' "${AWS_ENDPOINT_URL:-the endpoint of AWS in $region}" >&2 ;;
  esac
  say '%s' "$error" >&2
}

# Runs the AWS CLI and prints what it answers; a failure is explained and ends the script.
call() {
  aws "$@" --output text 2> "$work/error" || { explain; exit 1; }
}

region=${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region 2> /dev/null || true)}}
region=${region:-us-east-1}
export AWS_REGION=$region AWS_DEFAULT_REGION=$region
check_variables

identity=$(call sts get-caller-identity --query '[Account,Arn]')
account=${identity%%$'\t'*} caller=${identity#*$'\t'}
# The identity is the same in every region, and also where there is none: EC2 answers in regions that exist and are enabled.
AWS_MAX_ATTEMPTS=1 call ec2 describe-availability-zones --query 'AvailabilityZones[0].RegionName' > /dev/null

stack_name() { printf 'oith-%s-%s\n' "$environment" "$1"; }

# One word, NONE where there is no such stack.
stack_status() {
  local status
  if status=$(aws cloudformation describe-stacks --stack-name "$1" --query 'Stacks[0].StackStatus' --output text 2> "$work/error"); then
    say '%s' "$status"
  elif grep -q 'does not exist' "$work/error"; then
    echo NONE
  else
    explain
    exit 1
  fi
}

# known <name>: what the stack was deployed with.
known() { awk -F'\t' -v name="$1" '$1 == name { print $2 }' "$work/known"; }

# load_known <stack name>: its status and parameters, for known; the status is NONE where there is no such stack.
load_known() {
  if ! aws cloudformation describe-stacks --stack-name "$1" --output text \
    --query "Stacks[0].[[['StackStatus',StackStatus]],Parameters[].[ParameterKey,ParameterValue]][]" > "$work/known" 2> "$work/error"; then
    grep -q 'does not exist' "$work/error" || { explain; exit 1; }
    printf 'StackStatus\tNONE\n' > "$work/known"
  fi
  status=$(known StackStatus)
}

# load_outputs <stack>: reads its outputs, for output <stack> <name>.
load_outputs() {
  call cloudformation describe-stacks --stack-name "$(stack_name "$1")" --query 'sort_by(Stacks[0].Outputs,&OutputKey)[].[OutputKey,OutputValue]' > "$work/outputs-$1"
}

output() { awk -F'\t' -v name="$2" '$1 == name { print $2 }' "$work/outputs-$1"; }

confirm() {
  local answer=''
  if $yes; then return 0; fi
  # shellcheck disable=SC2059
  printf "$1 [y/N] " "${@:2}" >&2
  read -r answer || true
  [[ $answer =~ ^[yY]([eE][sS])?$ ]]
}

poll_seconds=5
[[ -z ${AWS_ENDPOINT_URL:-} ]] || poll_seconds=1

# ---- Watching a stack ---------------------------------------------------------------------------------------------------------------------------------

# events <stack id> <token> [options]: the events of one operation, oldest first: id, time, status, type, logical id, reason.
events() {
  call cloudformation describe-stack-events --stack-name "$1" "${@:3}" \
    --query "StackEvents[?ClientRequestToken=='$2'].[EventId,Timestamp,ResourceStatus,ResourceType,LogicalResourceId,ResourceStatusReason]" |
    awk '{ line[NR] = $0 } END { for (i = NR; i > 0; i--) print line[i] }'
}

# watch_stack <stack id> <token>: prints each event as it comes, and the status at the end as the variable watched.
watch_stack() {
  : > "$work/seen"
  while true; do
    watched=$(stack_status "$1")
    events "$1" "$2" --no-paginate > "$work/events"
    { grep -vxFf "$work/seen" "$work/events" || true; } | while IFS=$'\t' read -r _ time status type logical_id reason; do
      [[ $status != *_IN_PROGRESS ]] || continue
      [[ $status == *_FAILED && $reason != None ]] || reason=''
      say '  %s %s %s %s%s' "${time:11:8}" "$status" "$type" "$logical_id" "${reason:+ $reason}"
    done
    cat "$work/events" >> "$work/seen"
    [[ $watched == *_IN_PROGRESS ]] || return 0
    sleep "$poll_seconds"
  done
}

# The first events that failed, not those that were cancelled because of them.
first_failures() {
  events "$1" "$2" | awk -F'\t' '$3 ~ /_FAILED$/ && $6 !~ /[Cc]ancelled/ && ++n <= 3 { printf "  %s (%s): %s\n", $5, $4, $6 }'
}

# ---- Network ------------------------------------------------------------------------------------------------------------------------------------------

# The network that the stack has, else the one that is named, else the one that is found; and what the stack says of the way out.
find_network() {
  vpc=${VPC_ID:-} subnets=$SUBNET_IDS
  local status egress routes found
  load_known "$(stack_name infrastructure)"
  # What a stack in any other state was created with does not count: it is created anew.
  [[ $status =~ ^(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$ ]] || : > "$work/known"
  egress=${NETWORK_EGRESS:-$(known NetworkEgress)} routes=${ROUTE_TABLE_IDS:-$(known PrivateRouteTableIds)}
  [[ $egress != endpoints || -n $routes ]] ||
    fail 'NETWORK_EGRESS=endpoints needs ROUTE_TABLE_IDS, the route tables of the subnets: without them nothing leads to DynamoDB.'
  # A network found again might be another one, and would replace every cache.
  vpc=${vpc:-$(known VpcId)}
  subnets=${subnets:-$(known PrivateSubnetIds)}

  if [[ -n $vpc ]]; then
    # A filter: given directly, an unknown id is an error of the AWS CLI.
    found=$(call ec2 describe-vpcs --filters "Name=vpc-id,Values=$vpc" --query 'Vpcs[].VpcId')
    [[ $found == "$vpc" ]] ||
      fail 'There is no VPC %s in %s. Check VPC_ID and AWS_REGION.' "$vpc" "$region"
  elif [[ -z $subnets ]]; then
    vpc=$(call ec2 describe-vpcs --query 'Vpcs[].VpcId')
    [[ $vpc =~ ^vpc-[^[:space:]]+$ ]] || vpc=$(call ec2 describe-vpcs --filters Name=is-default,Values=true --query 'Vpcs[].VpcId')
    [[ -n $vpc && $vpc != None ]] || fail 'There is no VPC in %s, or several and none is the default one. Set VPC_ID.' "$region"
  fi

  if [[ -z $subnets ]]; then
    # One private subnet of each zone, three at most.
    subnets=$(call ec2 describe-subnets --filters "Name=vpc-id,Values=$vpc" \
      --query 'Subnets[?!MapPublicIpOnLaunch].[AvailabilityZone,SubnetId]' |
      sort | awk 'NF == 2 && !seen[$1]++ && ++n <= 3 { printf "%s%s", separator, $2; separator = "," }')
    [[ -n $subnets ]] ||
      fail '%s has no private subnet (all give public addresses). Create two or three with a route to a NAT gateway, or name them in SUBNET_IDS.' "$vpc"
  fi
  check_subnets
}

# The subnets exist, are two or three, in one VPC and in as many zones.
check_subnets() {
  local id zones ids=()
  IFS=, read -r -a ids <<< "$subnets"
  [[ ${#ids[@]} -ge 2 && ${#ids[@]} -le 3 ]] || fail 'Two or three subnets are needed, these are %s: %s.' "${#ids[@]}" "$subnets"
  call ec2 describe-subnets --filters "Name=subnet-id,Values=$subnets" --query 'Subnets[].[SubnetId,VpcId,AvailabilityZone]' > "$work/subnets"
  for id in "${ids[@]}"; do
    grep -q "^$id"$'\t' "$work/subnets" || fail 'There is no subnet %s in %s. Check SUBNET_IDS and AWS_REGION.' "$id" "$region"
    vpc=${vpc:-$(awk -v id="$id" '$1 == id { print $2 }' "$work/subnets")}
    grep -q "^$id"$'\t'"$vpc"$'\t' "$work/subnets" || fail 'The subnet %s is not in %s. Check VPC_ID and SUBNET_IDS.' "$id" "$vpc"
  done
  zones=$(awk '!seen[$3]++ { n++ } END { print n }' "$work/subnets")
  [[ $zones -eq ${#ids[@]} ]] || fail 'The subnets %s share availability zones (%s for %s subnets); each must be in another one.' "$subnets" "$zones" "${#ids[@]}"
}

# ---- Deploying one stack ------------------------------------------------------------------------------------------------------------------------------

parameters=()

json() {
  local text=${1//\\/\\\\}
  say '%s' "${text//\"/\\\"}"
}

parameter() { parameters+=("{\"ParameterKey\":\"$1\",\"ParameterValue\":\"$(json "$2")\"}"); }

# optional <name> <value>: an absent value keeps what the stack has, or takes the template's default.
optional() {
  if [[ -n $2 ]]; then
    parameter "$1" "$2"
    [[ $2 == "$(known "$1")" ]] || overrides+="$1=$2 "
  elif grep -q "^$1"$'\t' "$work/known"; then
    parameters+=("{\"ParameterKey\":\"$1\",\"UsePreviousValue\":true}")
  fi
}

# passed <kind> <stack>: name and source of what stacks.csv passes to a stack, a line each.
passed() {
  awk -F, -v OFS='\t' -v kind="$1" -v stack="$2" '!/^#/ && $2 == kind && ($1 == "*" || $1 == stack) { print $3, $4 }' "$here/stacks.csv"
}

# add_parameters <stack>: those of stacks.csv; what they are read from is uploaded first.
add_parameters() {
  local name source
  while IFS=$'\t' read -r name source <&3; do
    case $source in
      @environment) parameter "$name" "$environment" ;;
      @vpc) parameter "$name" "$vpc" ;;
      @subnets) parameter "$name" "$subnets" ;;
      @bucket) parameter "$name" "$bucket" ;;
      @service)
        upload "$zip" service matching-service.zip
        service_key=$key
        parameter "$name" "$key" ;;
      @revision)
        load_outputs data
        load_outputs infrastructure
        parameter "$name" "$(revision)" ;;
      @*)
        upload "$here/${source#@}" definitions "${source#@}"
        parameter "$name" "$key" ;;
      *) optional "$name" "${!source:-}" ;;
    esac
  done 3< <(passed parameter "$1")
}

# begin <stack>: its status as the variable status, what it was deployed with, and a clean list of parameters.
begin() {
  local name
  name=$(stack_name "$1")
  load_known "$name"
  say ''
  say 'Stack %s: %s' "$name" "$status"
  case $status in
    ROLLBACK_COMPLETE | ROLLBACK_FAILED | CREATE_FAILED | DELETE_FAILED | REVIEW_IN_PROGRESS)
      if $dry_run; then
        say '  In this state it can only be deleted; deploy would delete it and create it again.'
        status=BROKEN
      else
        if [[ $status != REVIEW_IN_PROGRESS ]]; then
          say '  In this state it can only be deleted.'
          confirm '  Delete it and create it again?' || {
            say_progress
            fail 'To delete it yourself: aws cloudformation delete-stack --stack-name %s' "$name"
          }
        fi
        delete_stack "$name"
        status=NONE
      fi
      : > "$work/known" ;;
    UPDATE_ROLLBACK_FAILED)
      fail 'Its last update could not be rolled back. Mend what its events name, then: aws cloudformation continue-update-rollback --stack-name %s' "$name" ;;
    *_IN_PROGRESS)
      fail 'Another operation is at work on it. Wait until it ends and repeat the command.' ;;
  esac
  parameters=() overrides=''
}

no_updates='No updates are to be performed'

# apply <stack>: a change set, shown, and unless it is empty or this is a dry run, executed.
apply() {
  local name change_set type=UPDATE state reason joined tag value tags=()
  if [[ $status == BROKEN ]]; then return 0; fi
  name=$(stack_name "$1")
  change_set="oith-$(date +%s)-$$"
  [[ $status != NONE ]] || type=CREATE
  joined=$(IFS=,; echo "${parameters[*]}")
  say '[%s]' "$joined" > "$work/parameters.json"
  while IFS=$'\t' read -r tag value; do
    [[ $value != @environment ]] || value=$environment
    tags+=("Key=$tag,Value=$value")
  done < <(passed tag "$1")
  if ! aws cloudformation create-change-set --stack-name "$name" --change-set-name "$change_set" --change-set-type "$type" \
    --template-body "file://$here/cloudformation-$1.yaml" --parameters "file://$work/parameters.json" --capabilities CAPABILITY_IAM \
    --tags "${tags[@]}" > /dev/null 2> "$work/error"; then
    # AWS makes a change set that failed, see below; emulators may refuse at once.
    grep -q "$no_updates" "$work/error" || { explain; exit 1; }
    say '  No change.'
    return 0
  fi

  while true; do
    call cloudformation describe-change-set --stack-name "$name" --change-set-name "$change_set" \
      --query "[[['Status',Status],['Reason',StatusReason]],Changes[].ResourceChange.[Action,ResourceType,LogicalResourceId,Replacement]][]" > "$work/changes"
    state=$(awk -F'\t' '$1 == "Status" { print $2; exit }' "$work/changes")
    [[ $state == CREATE_PENDING || $state == CREATE_IN_PROGRESS ]] || break
    sleep "$poll_seconds"
  done

  if [[ $state != CREATE_COMPLETE ]]; then
    reason=$(awk -F'\t' '$1 == "Reason" { print $2; exit }' "$work/changes")
    discard "$name" "$change_set" "$type"
    if [[ $reason == *"didn't contain changes"* || $reason == *"$no_updates"* ]]; then
      say '  No change.'
      return 0
    fi
    fail 'The change set of %s failed: %s' "$name" "$reason"
  fi

  awk -F'\t' 'NF == 4 { found = 1 } END { exit found }' "$work/changes" && say '  No resource changes, only the tags or parameters of the stack.'
  awk -F'\t' 'NF == 4 { printf "  %s %s %s%s\n", $1, $2, $3, ($4 == "True" ? " (replaced)" : $4 == "Conditional" ? " (perhaps replaced)" : "") }' "$work/changes"

  if $dry_run; then
    discard "$name" "$change_set" "$type"
    return 0
  fi

  if [[ $environment == production ]] || awk -F'\t' '$1 == "Remove" || $4 == "True" { found = 1 } END { exit !found }' "$work/changes"; then
    if ! confirm '  Apply these changes to %s?' "$name"; then
      discard "$name" "$change_set" "$type"
      say_progress
      exit 1
    fi
  fi

  applying=$name
  call cloudformation execute-change-set --stack-name "$name" --change-set-name "$change_set" --client-request-token "$change_set"
  watch_stack "$name" "$change_set"
  applying=''
  if [[ $watched != CREATE_COMPLETE && $watched != UPDATE_COMPLETE ]]; then
    say 'Stack %s: %s. It failed first at:' "$name" "$watched" >&2
    first_failures "$name" "$change_set" >&2
    fail 'Mend the cause and deploy again. Every event: aws cloudformation describe-stack-events --stack-name %s' "$name"
  fi
  applied+=("$name $watched")
  say '  %s' "$watched"
}

# discard <stack> <change set> <type>: a change set that is not wanted, and with it the empty stack that one of type CREATE made.
discard() {
  call cloudformation delete-change-set --stack-name "$1" --change-set-name "$2"
  [[ $3 != CREATE ]] || call cloudformation delete-stack --stack-name "$1"
}

delete_stack() {
  local id token
  id=$(call cloudformation describe-stacks --stack-name "$1" --query 'Stacks[0].StackId')
  token="oith-$(date +%s)-$$"
  applying=$1
  call cloudformation delete-stack --stack-name "$1" --client-request-token "$token"
  watch_stack "$id" "$token"
  applying=''
  if [[ $watched != DELETE_COMPLETE ]]; then
    say 'Stack %s: %s. It failed first at:' "$1" "$watched" >&2
    first_failures "$id" "$token" >&2
    exit 1
  fi
  applied+=("$1 $watched")
}

# ---- Artifacts ----------------------------------------------------------------------------------------------------------------------------------------

sha256() {
  if command -v sha256sum > /dev/null; then sha256sum; else shasum -a 256; fi | cut -c 1-16
}

# upload <file> <folder> <name>: puts a file under a key named by its content, once; the key as the variable key.
upload() {
  key="$2/$(sha256 < "$1")/$3"
  if $dry_run; then return 0; fi
  if aws s3api head-object --bucket "$bucket" --key "$key" > /dev/null 2>&1; then return 0; fi
  call s3api put-object --bucket "$bucket" --key "$key" --body "$1" --query ETag > /dev/null
  say '  Uploaded %s' "$key"
}

# run_shown <command …>: runs it, with a line each 15 seconds; its output is in the file publish.
run_shown() {
  local seconds=0 waited=0
  "$@" > "$work/publish" 2>&1 &
  publishing=$!
  while kill -0 "$publishing" 2> /dev/null; do
    sleep 1
    waited=$((waited + 1))
    if [[ $((waited % 15)) -eq 0 ]]; then
      seconds=$waited
      say '  %s s' "$seconds"
    fi
  done
  waited=0
  wait "$publishing" || waited=$?
  publishing=''
  return "$waited"
}

publish_service() {
  zip=${SERVICE_ZIP:-}
  if [[ -n $zip ]]; then return 0; fi
  command -v dotnet > /dev/null || fail 'The .NET SDK is not installed. See https://dotnet.microsoft.com/download, or set SERVICE_ZIP.'
  local runtime=linux-x64 artifacts="$root/artifacts/deploy"
  [[ ${ARCHITECTURE:-x86_64} == x86_64 ]] || runtime=linux-arm64
  say 'Publishing the service for %s, a minute or more.' "$runtime"
  rm -rf "$artifacts/publish"
  # The same folder every time, and paths mapped away: the same sources give the same bytes, and so the same key.
  run_shown dotnet publish "$root/Oith.Matching" --configuration Release --runtime "$runtime" --self-contained false -p:PublishReadyToRun=true \
    "-p:UseDax=${USE_DAX:-true}" -p:ContinuousIntegrationBuild=true --artifacts-path "$artifacts" --output "$artifacts/publish" --verbosity quiet || {
    tail -n 20 "$work/publish" >&2
    if grep -q AWSSDK.DAX.Client "$work/publish"; then say 'The package feed lacks AWSSDK.DAX.Client. Set USE_DAX=false to deploy without DAX.' >&2; fi
    fail 'The service could not be published. Nothing was changed.'
  }
  zip="$artifacts/matching-service.zip"
  run_shown dotnet run "$here/package.cs" -- "$artifacts/publish" "$here/run.sh" "$zip" || {
    tail -n 20 "$work/publish" >&2
    fail 'The service could not be packed. Nothing was changed.'
  }
}

# ---- Commands -----------------------------------------------------------------------------------------------------------------------------------------

# A production environment without authentication is deployed only with --allow-anonymous.
check_authentication() {
  load_known "$(stack_name matching)"
  [[ -z ${AUTHENTICATION_AUTHORITY:-} && -z $(known AuthenticationAuthority) ]] || return 0
  if [[ $environment == production ]] && ! $allow_anonymous; then
    fail 'AUTHENTICATION_AUTHORITY is not set: every caller of the API could act for every user, deletion of profiles included. Set it, or say --allow-anonymous.'
  fi
  [[ $environment == development ]] || say 'AUTHENTICATION_AUTHORITY is not set: every caller of the API may act for every user.' >&2
}

deploy() {
  local status stack previous=''
  say 'Deploying %s to account %s in %s as %s.' "$environment" "$account" "$region" "$caller"
  if $dry_run; then say 'Dry run: nothing is changed.'; fi
  check_authentication
  [[ -n ${ALERT_EMAIL:-} || $status != NONE ]] || say 'ALERT_EMAIL is not set: nobody is told when an alarm fires.'
  find_network
  say 'Network %s, subnets %s.' "$vpc" "$subnets"
  publish_service

  bucket="oith-$environment-artifacts-$account-$region"
  for stack in "${stacks[@]}"; do
    begin "$stack"
    if [[ -z $previous ]] || ! dry_run_needs "$previous"; then
      add_parameters "$stack"
      apply "$stack"
    fi
    if [[ $stack == data && $environment == production ]] && ! $dry_run; then
      call cloudformation update-termination-protection --stack-name "$(stack_name data)" --enable-termination-protection --query StackId > /dev/null
      call cloudformation set-stack-policy --stack-name "$(stack_name data)" --stack-policy-body "file://$here/stack-policy.json"
    fi
    previous=$stack
  done

  if $dry_run; then return 0; fi
  load_outputs matching
  write_settings
  say ''
  say 'Deployed.'
  say_addresses
}

# An emulator has neither execute-api nor the console of AWS. LocalCloud plays the API where it was told of the process behind it.
say_addresses() {
  local api
  api=$(output matching ApiEndpoint)
  if [[ -z ${AWS_ENDPOINT_URL:-} || $api != *amazonaws.com* ]]; then
    say 'API %s' "$api"
  else
    say 'API: the process that plays the function, http://localhost:5080 unless it was started otherwise.'
  fi
  if [[ -z ${AWS_ENDPOINT_URL:-} ]]; then
    say 'Dashboard %s' "$(output matching DashboardUrl)"
  else
    say 'Console of LocalCloud %s/_console/' "${AWS_ENDPOINT_URL%/}"
  fi
}

# Whatever changes the function changes its revision, and so publishes a version: code, template and imports (before the dash), parameters (after it).
revision() {
  local chosen
  chosen=$(known ServiceRevision)
  chosen=${chosen#*-}
  [[ -z $overrides ]] || chosen=$(say '%s %s' "$chosen" "$overrides" | sha256)
  say '%s-%s' "$({ say '%s' "$service_key"; cat "$here/cloudformation-matching.yaml" "$work/outputs-data" "$work/outputs-infrastructure"; } | sha256)" "${chosen:-0}"
}

# In a dry run a stack cannot be planned before the one that it imports from is there.
dry_run_needs() {
  local needed
  if ! $dry_run; then return 1; fi
  needed=$(stack_status "$(stack_name "$1")") || exit 1
  [[ $needed == NONE || $needed == ROLLBACK_COMPLETE || $needed == REVIEW_IN_PROGRESS ]] || return 1
  say '  Would be created, after %s.' "$(stack_name "$1")"
}

write_settings() {
  local file=${SETTINGS_FILE:-$root/env-infrastructure.txt}
  {
    say 'OITH_ENVIRONMENT=%s' "$environment"
    say 'AWS_REGION=%s' "$region"
    if [[ -n ${AWS_ENDPOINT_URL:-} ]]; then say 'AWS_ENDPOINT_URL=%s' "$AWS_ENDPOINT_URL"; fi
    say 'USERS_TABLE=%s' "$(output data UsersTableName)"
    say 'MATCHES_TABLE=%s' "$(output data MatchesTableName)"
    say 'MATCH_HISTORY_TABLE=%s' "$(output data MatchHistoryTableName)"
    say 'BLOCKS_TABLE=%s' "$(output data BlocksTableName)"
    say 'REDIS_HOST=%s' "$(output infrastructure ElastiCacheEndpoint)"
    say 'REDIS_PORT=%s' "$(output infrastructure ElastiCachePort)"
    # The Redis of an emulator has no TLS, and one password at most.
    if [[ -n ${AWS_ENDPOINT_URL:-} ]]; then
      if [[ -n ${REDIS_PASSWORD:-} ]]; then say 'REDIS_PASSWORD=%s' "$REDIS_PASSWORD"; fi
    else
      say 'REDIS_TLS=true'
      say 'REDIS_USERNAME=%s' "$(output infrastructure RedisUsername)"
      say 'REDIS_PASSWORD_SECRET_ARN=%s' "$(output infrastructure RedisSecretArn)"
    fi
    say 'DAX_ENDPOINTS=%s' "$(output infrastructure DAXEndpoint)"
    say 'MATCHING_QUEUE_URL=%s' "$(output infrastructure MatchingQueueUrl)"
    say 'NOTIFICATION_QUEUE_URL=%s' "$(output infrastructure NotificationQueueUrl)"
  } > "$work/settings"
  mv "$work/settings" "$file"
  say ''
  say 'Wrote %s' "$file"
}

show_status() {
  local stack status healthy=true firing
  say 'Environment %s in account %s, %s.' "$environment" "$account" "$region"
  for stack in "${stacks[@]}"; do
    status=$(stack_status "$(stack_name "$stack")")
    say '  %s %s' "$(stack_name "$stack")" "$status"
    [[ $status =~ ^(CREATE|UPDATE)_COMPLETE$ ]] || healthy=false
  done
  if ! $healthy; then
    say 'Not deployed whole.'
    exit 1
  fi
  load_outputs matching
  load_outputs infrastructure
  say_addresses
  say 'Matching queue %s' "$(output infrastructure MatchingQueueUrl)"
  firing=$(call cloudwatch describe-alarms --alarm-name-prefix "oith-$environment-" --state-value ALARM --query 'MetricAlarms[].[AlarmName,StateReason]')
  if [[ -z $firing ]]; then
    say 'No alarm fires.'
  else
    say 'Firing:'
    while IFS=$'\t' read -r alarm reason; do say '  %s %s' "$alarm" "$reason"; done <<< "$firing"
  fi
}

cleanup() {
  local stack name status bucket table doomed=()
  for stack in stepfunctions matching infrastructure data; do
    [[ $environment != production || $stack != data ]] || continue
    name=$(stack_name "$stack")
    status=$(stack_status "$name")
    [[ $status == NONE ]] || doomed+=("$stack")
  done
  say 'Cleaning up %s in account %s, %s.' "$environment" "$account" "$region"
  for stack in "${doomed[@]}"; do say '  deletes %s' "$(stack_name "$stack")"; done
  if [[ $environment == production ]]; then
    say '  keeps %s: production data is never deleted by this script.' "$(stack_name data)"
  else
    say '  deletes the tables with everything in them'
  fi
  if $dry_run; then return 0; fi
  confirm 'Delete all this?' || fail 'Nothing was changed.'

  for stack in "${doomed[@]}"; do
    name=$(stack_name "$stack")
    say ''
    say 'Deleting %s.' "$name"
    if [[ $stack == data ]]; then
      bucket="oith-$environment-artifacts-$account-$region"
      if aws s3api head-bucket --bucket "$bucket" > /dev/null 2>&1; then call s3 rm "s3://$bucket" --recursive --only-show-errors; fi
    fi
    delete_stack "$name"
  done

  # The stack leaves its tables behind, so that none is lost by a slip; here they are meant.
  if [[ $environment != production ]]; then
    for table in "${tables[@]}"; do
      name="oith-$environment-$table"
      if aws dynamodb describe-table --table-name "$name" > /dev/null 2>&1; then
        call dynamodb delete-table --table-name "$name" --query TableDescription.TableStatus > /dev/null
        say 'Deleted table %s.' "$name"
      fi
    done
  fi
  remove_settings
  say ''
  say 'Cleaned up.'
}

# The file may be that of another environment, deployed since.
remove_settings() {
  local file=${SETTINGS_FILE:-$root/env-infrastructure.txt}
  [[ -f $file ]] || return 0
  if grep -qx "OITH_ENVIRONMENT=$environment" "$file"; then
    rm -f "$file"
  else
    say 'Kept %s: it is not of %s.' "$file" "$environment"
  fi
}

case $command in
  deploy) deploy ;;
  status) show_status ;;
  cleanup) cleanup ;;
esac
