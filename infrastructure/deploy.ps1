#!/usr/bin/env pwsh
#Requires -Version 7.0
# Deploys OITH to AWS, or to whatever AWS_ENDPOINT_URL names. deploy.sh does the same in the same words.
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 3.0
$PSNativeCommandUseErrorActionPreference = $false

$here = $PSScriptRoot
$root = Split-Path $here
$stacks = 'data', 'infrastructure', 'matching', 'stepfunctions'
$tables = 'users', 'matches', 'match-history', 'blocks'
$work = (New-Item -ItemType Directory -Path (Join-Path ([IO.Path]::GetTempPath()) "oith-$([guid]::NewGuid())")).FullName
$invariant = [Globalization.CultureInfo]::InvariantCulture

$applied = @()
$applying = ''
$publishing = $null
$finished = $false

$env:AWS_PAGER = ''
$env:AWS_CLI_AUTO_PROMPT = 'off'

function Say([string] $Text, [object[]] $Values = @()) {
    Write-Output ([string]::Format($invariant, $Text, $Values))
}

function Warn([string] $Text, [object[]] $Values = @()) {
    [Console]::Error.WriteLine([string]::Format($invariant, $Text, $Values))
}

# Every end but an interruption comes through here.
function Stop-Script([int] $ExitCode) {
    $script:finished = $true
    exit $ExitCode
}

function Fail([string] $Text, [object[]] $Values = @()) {
    Warn $Text $Values
    Stop-Script 1
}

# What this run has changed, and what to do to go on.
function Write-ProgressMade {
    if ($script:applied.Count -eq 0 -and -not $script:applying) {
        Warn 'Nothing was changed.'
        return
    }
    foreach ($stack in $script:applied) { Warn 'Done before: {0}' @($stack) }
    if ($script:applying) { Warn 'Under way, and AWS finishes it: {0}' @($script:applying) }
    Warn 'What is done stays. Repeat the command to do the rest.'
}

$usage = @'
Usage: deploy.ps1 <environment> deploy | status | cleanup  [options]
       deploy.ps1 --cost

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
'@

# ---- Cost ---------------------------------------------------------------------------------------------------------------------------------------------

# prices.csv: resource,unit,price,development,staging,production; lines of # hold date and region.
function Write-Cost([string] $Only) {
    $lines = Get-Content (Join-Path $here 'prices.csv')
    $lines | Where-Object { $_.StartsWith('# ') } | ForEach-Object { $_.Substring(2) }
    Say ''
    $prices = $lines | Where-Object { -not $_.StartsWith('#') } | ConvertFrom-Csv
    $shown = @('development', 'staging', 'production' | Where-Object { $Only -eq '' -or $_ -eq $Only })
    "| resource (unit, USD) |$(-join ($shown | ForEach-Object { " $_ |" }))"
    "| --- |$(-join ($shown | ForEach-Object { ' ---: |' }))"
    $total = @{}
    foreach ($price in $prices) {
        $cells = foreach ($name in $shown) {
            $amount = [double]::Parse($price.price, $invariant) * [double]::Parse($price.$name, $invariant)
            $total[$name] += $amount
            " $($amount.ToString('F2', $invariant)) |"
        }
        "| $($price.resource) ($($price.unit), $($price.price)) |$(-join $cells)"
    }
    "| total, USD a month |$(-join ($shown | ForEach-Object { " $($total[$_].ToString('F2', $invariant)) |" }))"
}

# ---- Variables -------------------------------------------------------------------------------------------------------------------------------------------

# Refuses a value that CloudFormation or the AWS CLI would refuse late, or read as something else.
function Assert-Value([string] $Variable, [string] $Value, [string] $Pattern, [string] $Rule) {
    if ($Value -and $Value -cnotmatch "\A(?:$Pattern)\z") { Fail '{0} is {1}; it must be {2}.' @($Variable, $Value, $Rule) }
}

# A list separated by commas, without white space.
function Get-Trimmed([string] $List) { $List -replace '\s', '' }

function Assert-Variables {
    $script:subnetIds = Get-Trimmed $env:SUBNET_IDS
    $script:routeTableIds = $env:ROUTE_TABLE_IDS = Get-Trimmed $env:ROUTE_TABLE_IDS
    Assert-Value 'AWS_REGION' $region '[a-z]{2,3}(-[a-z]+)+-[0-9]+' 'a region such as us-east-1'
    Assert-Value 'AWS_ENDPOINT_URL' $env:AWS_ENDPOINT_URL 'https?://\S+' 'a URL'
    Assert-Value 'VPC_ID' $env:VPC_ID 'vpc-[0-9a-z]+' 'the id of a VPC, vpc-…'
    Assert-Value 'SUBNET_IDS' $script:subnetIds 'subnet-[0-9a-z]+(,subnet-[0-9a-z]+)*' 'ids of subnets, subnet-…, separated by commas'
    Assert-Value 'NETWORK_EGRESS' $env:NETWORK_EGRESS 'nat|endpoints' 'nat or endpoints'
    Assert-Value 'ROUTE_TABLE_IDS' $script:routeTableIds 'rtb-[0-9a-z]+(,rtb-[0-9a-z]+)*' 'ids of route tables, rtb-…, separated by commas'
    Assert-Value 'ALERT_EMAIL' $env:ALERT_EMAIL '[^\s@]+@[^\s@]+[.][^\s@]+' 'an e-mail address'
    Assert-Value 'KMS_KEY_ARN' $env:KMS_KEY_ARN 'arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+' 'the ARN of a KMS key'
    Assert-Value 'AUTHENTICATION_AUTHORITY' $env:AUTHENTICATION_AUTHORITY 'https://\S+' 'the https URL of an issuer'
    Assert-Value 'SECRETS_EXTENSION_LAYER_ARN' $env:SECRETS_EXTENSION_LAYER_ARN 'arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:layer:.+:[0-9]+' 'the ARN of a layer version'
    Assert-Value 'DIRECT_MATCHING_THRESHOLD' $env:DIRECT_MATCHING_THRESHOLD '[0-9]+' 'a number'
    Assert-Value 'ARCHITECTURE' $env:ARCHITECTURE 'x86_64|arm64' 'x86_64 or arm64'
    Assert-Value 'USE_DAX' $env:USE_DAX 'true|false' 'true or false'
    Assert-Value 'DAX' $env:DAX 'true|false' 'true or false'
    Assert-Value 'OWN_REDIS_HOST' $env:OWN_REDIS_HOST '[A-Za-z0-9.-]+' 'a host name'
    if ($env:SERVICE_ZIP -and -not (Test-Path -LiteralPath $env:SERVICE_ZIP -PathType Leaf)) { Fail 'SERVICE_ZIP names {0}, which is not there.' @($env:SERVICE_ZIP) }
}

# ---- AWS CLI ------------------------------------------------------------------------------------------------------------------------------------------

# Says what went wrong in the last call, with the way out where there is one.
function Write-Explanation {
    switch -Regex ($script:lastError) {
        'ExpiredToken|token included in the request is expired|Token has expired|session associated with this profile has expired' {
            Warn 'The session token has expired. Sign in again (aws sso login, or new temporary credentials) and repeat the command.'
            break
        }
        'Unable to locate credentials|NoCredentials|could not be found.*profile|config profile' {
            Warn 'There are no credentials. Set AWS_PROFILE, run aws configure, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.'
            break
        }
        'InvalidClientTokenId|UnrecognizedClientException|SignatureDoesNotMatch' {
            Warn 'AWS does not accept the credentials. Check AWS_PROFILE, the access key and the clock of this machine.'
            break
        }
        'Could not connect to the endpoint|Connection refused' {
            $endpoint = $env:AWS_ENDPOINT_URL
            if (-not $endpoint) { $endpoint = "the endpoint of AWS in $region" }
            Warn 'Nothing answers at {0}. Check AWS_ENDPOINT_URL and AWS_REGION.' @($endpoint)
            break
        }
    }
    Warn '{0}' @($script:lastError)
}

# Runs the AWS CLI: its answer, parsed. $script:succeeded and $script:lastError tell how it went.
function Invoke-Aws {
    $errorFile = Join-Path $work 'error'
    $answer = & aws @args --output json 2> $errorFile
    $script:succeeded = $LASTEXITCODE -eq 0
    $script:lastError = "$(Get-Content $errorFile -Raw)".Trim()
    if ($script:succeeded -and $answer) { $answer | Out-String | ConvertFrom-Json }
}

# Runs the AWS CLI; a failure is explained and ends the script.
function Get-Aws {
    $answer = Invoke-Aws @args
    if (-not $script:succeeded) {
        Write-Explanation
        Stop-Script 1
    }
    $answer
}

function Get-StackName([string] $Stack) { "oith-$environment-$Stack" }

# One word, NONE where there is no such stack.
function Get-StackStatus([string] $Name) {
    $status = Invoke-Aws cloudformation describe-stacks --stack-name $Name --query 'Stacks[0].StackStatus'
    if ($script:succeeded) { return $status }
    if ($script:lastError -match 'does not exist') { return 'NONE' }
    Write-Explanation
    Stop-Script 1
}

# What a stack was deployed with, and its status, as $script:known; the status is NONE where there is no such stack.
function Read-Known([string] $Name) {
    $stack = Invoke-Aws cloudformation describe-stacks --stack-name $Name `
        --query 'Stacks[0].{Status:StackStatus,Parameters:Parameters[].{Key:ParameterKey,Value:ParameterValue}}'
    $script:known = @{ StackStatus = 'NONE' }
    if ($script:succeeded) {
        $script:known['StackStatus'] = $stack.Status
        foreach ($parameter in @($stack.Parameters)) { if ($parameter) { $script:known[$parameter.Key] = $parameter.Value } }
    }
    elseif ($script:lastError -notmatch 'does not exist') {
        Write-Explanation
        Stop-Script 1
    }
}

# Reads the outputs of a stack, for Get-Output.
function Read-Outputs([string] $Stack) {
    $script:outputs[$Stack] = [ordered]@{}
    $found = Get-Aws cloudformation describe-stacks --stack-name (Get-StackName $Stack) --query 'sort_by(Stacks[0].Outputs,&OutputKey)[].{Key:OutputKey,Value:OutputValue}'
    foreach ($output in $found) { $script:outputs[$Stack][$output.Key] = $output.Value }
}

function Get-Output([string] $Stack, [string] $Name) { $script:outputs[$Stack][$Name] }

function Confirm-Action([string] $Text, [object[]] $Values = @()) {
    if ($yes) { return $true }
    [Console]::Error.Write([string]::Format($invariant, $Text, $Values) + ' [y/N] ')
    return [Console]::In.ReadLine() -match '^(y|yes)$'
}

$pollSeconds = 5
if ($env:AWS_ENDPOINT_URL) { $pollSeconds = 1 }

# ---- Watching a stack ---------------------------------------------------------------------------------------------------------------------------------

# The events of one operation, oldest first.
function Get-Events([string] $StackId, [string] $Token, [string[]] $Options = @()) {
    $events = @(Get-Aws cloudformation describe-stack-events --stack-name $StackId @Options `
        --query "StackEvents[?ClientRequestToken=='$Token'].{Id:EventId,Time:Timestamp,Status:ResourceStatus,Type:ResourceType,LogicalId:LogicalResourceId,Reason:ResourceStatusReason}")
    [array]::Reverse($events)
    $events
}

# Prints each event as it comes; the status at the end is $script:watched.
function Watch-Stack([string] $StackId, [string] $Token) {
    $seen = @{}
    while ($true) {
        $script:watched = Get-StackStatus $StackId
        foreach ($line in @(Get-Events $StackId $Token @('--no-paginate'))) {
            if ($seen.ContainsKey($line.Id)) { continue }
            $seen[$line.Id] = $true
            if ($line.Status.EndsWith('_IN_PROGRESS')) { continue }
            $time = ([datetime] $line.Time).ToUniversalTime().ToString('HH:mm:ss', $invariant)
            $reason = ''
            if ($line.Status.EndsWith('_FAILED') -and $line.Reason) { $reason = " $($line.Reason)" }
            Say '  {0} {1} {2} {3}{4}' @($time, $line.Status, $line.Type, $line.LogicalId, $reason)
        }
        if (-not $script:watched.EndsWith('_IN_PROGRESS')) { return }
        Start-Sleep -Seconds $pollSeconds
    }
}

# The first events that failed, not those that were cancelled because of them.
function Write-FirstFailures([string] $StackId, [string] $Token) {
    $failed = @(Get-Events $StackId $Token) | Where-Object { $_.Status -match '_FAILED$' -and "$($_.Reason)" -notmatch '[Cc]ancelled' } | Select-Object -First 3
    foreach ($line in $failed) { Warn '  {0} ({1}): {2}' @($line.LogicalId, $line.Type, $line.Reason) }
}

# ---- Network ------------------------------------------------------------------------------------------------------------------------------------------

# The network that the stack has, else the one that is named, else the one that is found; and what the stack says of the way out.
function Find-Network {
    Read-Known (Get-StackName 'infrastructure')
    # What a stack in any other state was created with does not count: it is created anew.
    if ($script:known['StackStatus'] -notmatch '^(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$') { $script:known = @{} }
    $egress = $env:NETWORK_EGRESS
    if (-not $egress) { $egress = $script:known['NetworkEgress'] }
    $routes = $script:routeTableIds
    if (-not $routes) { $routes = $script:known['PrivateRouteTableIds'] }
    if ($egress -eq 'endpoints' -and -not $routes) {
        Fail 'NETWORK_EGRESS=endpoints needs ROUTE_TABLE_IDS, the route tables of the subnets: without them nothing leads to DynamoDB.'
    }
    # A network found again might be another one, and would replace every cache.
    $script:vpc = $env:VPC_ID
    if (-not $script:vpc) { $script:vpc = $script:known['VpcId'] }
    $script:subnets = $script:subnetIds
    if (-not $script:subnets) { $script:subnets = $script:known['PrivateSubnetIds'] }

    if ($script:vpc) {
        # A filter: given directly, an unknown id is an error of the AWS CLI.
        $found = @(Get-Aws ec2 describe-vpcs --filters "Name=vpc-id,Values=$script:vpc" --query 'Vpcs[].VpcId')
        if ($found.Count -ne 1) { Fail 'There is no VPC {0} in {1}. Check VPC_ID and AWS_REGION.' @($script:vpc, $region) }
    }
    elseif (-not $script:subnets) {
        $found = @(Get-Aws ec2 describe-vpcs --query 'Vpcs[].VpcId')
        if ($found.Count -ne 1) { $found = @(Get-Aws ec2 describe-vpcs --filters 'Name=is-default,Values=true' --query 'Vpcs[].VpcId') }
        if ($found.Count -eq 0) { Fail 'There is no VPC in {0}, or several and none is the default one. Set VPC_ID.' @($region) }
        $script:vpc = $found[0]
    }

    if (-not $script:subnets) {
        # One private subnet of each zone, three at most.
        $private = @(Get-Aws ec2 describe-subnets --filters "Name=vpc-id,Values=$script:vpc" --query 'Subnets[?!MapPublicIpOnLaunch].{Zone:AvailabilityZone,Id:SubnetId}')
        $script:subnets = ($private | Sort-Object Id | Group-Object Zone | Sort-Object Name | Select-Object -First 3 | ForEach-Object { $_.Group[0].Id }) -join ','
        if (-not $script:subnets) {
            Fail '{0} has no private subnet (all give public addresses). Create two or three with a route to a NAT gateway, or name them in SUBNET_IDS.' @($script:vpc)
        }
    }
    Assert-Subnets
}

# The subnets exist, are two or three, in one VPC and in as many zones.
function Assert-Subnets {
    $ids = @($script:subnets.Split(','))
    if ($ids.Count -lt 2 -or $ids.Count -gt 3) { Fail 'Two or three subnets are needed, these are {0}: {1}.' @($ids.Count, $script:subnets) }
    $found = @(Get-Aws ec2 describe-subnets --filters "Name=subnet-id,Values=$script:subnets" --query 'Subnets[].{Id:SubnetId,Vpc:VpcId,Zone:AvailabilityZone}')
    foreach ($id in $ids) {
        $subnet = $found | Where-Object { $_.Id -ceq $id }
        if (-not $subnet) { Fail 'There is no subnet {0} in {1}. Check SUBNET_IDS and AWS_REGION.' @($id, $region) }
        if (-not $script:vpc) { $script:vpc = $subnet.Vpc }
        if ($subnet.Vpc -cne $script:vpc) { Fail 'The subnet {0} is not in {1}. Check VPC_ID and SUBNET_IDS.' @($id, $script:vpc) }
    }
    $zones = @($found | ForEach-Object { $_.Zone } | Sort-Object -Unique)
    if ($zones.Count -ne $ids.Count) {
        Fail 'The subnets {0} share availability zones ({1} for {2} subnets); each must be in another one.' @($script:subnets, $zones.Count, $ids.Count)
    }
}

# ---- Deploying one stack ------------------------------------------------------------------------------------------------------------------------------

function Add-Parameter([string] $Name, [string] $Value) { $script:parameters += @{ ParameterKey = $Name; ParameterValue = $Value } }

# An absent value keeps what the stack has, or takes the template's default.
function Add-Optional([string] $Name, [string] $Value) {
    if ($Value) {
        Add-Parameter $Name $Value
        if ($Value -cne $script:known[$Name]) { $script:overrides += "$Name=$Value " }
    }
    elseif ($script:known.ContainsKey($Name)) {
        $script:parameters += @{ ParameterKey = $Name; UsePreviousValue = $true }
    }
}

# What stacks.csv passes to a stack.
function Get-Passed([string] $Kind, [string] $Stack) {
    Get-Content "$here/stacks.csv" | Where-Object { -not $_.StartsWith('#') } | ConvertFrom-Csv |
        Where-Object { $_.kind -eq $Kind -and ($_.stack -eq '*' -or $_.stack -eq $Stack) }
}

# The parameters of stacks.csv; what they are read from is uploaded first.
function Add-Parameters([string] $Stack) {
    foreach ($row in @(Get-Passed 'parameter' $Stack)) {
        switch -Regex -CaseSensitive ($row.from) {
            '^@environment$' { Add-Parameter $row.name $environment; break }
            '^@vpc$' { Add-Parameter $row.name $script:vpc; break }
            '^@subnets$' { Add-Parameter $row.name $script:subnets; break }
            '^@bucket$' { Add-Parameter $row.name $script:bucket; break }
            '^@service$' {
                Publish-File $script:zip 'service' 'matching-service.zip'
                $script:serviceKey = $script:key
                Add-Parameter $row.name $script:key
                break
            }
            '^@revision$' {
                Read-Outputs 'data'
                Read-Outputs 'infrastructure'
                Add-Parameter $row.name (Get-Revision)
                break
            }
            '^@' {
                $file = $row.from.Substring(1)
                Publish-File "$here/$file" 'definitions' $file
                Add-Parameter $row.name $script:key
                break
            }
            default { Add-Optional $row.name ([Environment]::GetEnvironmentVariable($row.from)) }
        }
    }
}

# The stack's status as $script:status, what it was deployed with, and a clean list of parameters.
function Start-Stack([string] $Stack) {
    $name = Get-StackName $Stack
    Read-Known $name
    $script:status = $script:known['StackStatus']
    Say ''
    Say 'Stack {0}: {1}' @($name, $script:status)
    switch -Regex ($script:status) {
        '^(ROLLBACK_COMPLETE|ROLLBACK_FAILED|CREATE_FAILED|DELETE_FAILED|REVIEW_IN_PROGRESS)$' {
            if ($dryRun) {
                Say '  In this state it can only be deleted; deploy would delete it and create it again.'
                $script:status = 'BROKEN'
            }
            else {
                if ($script:status -ne 'REVIEW_IN_PROGRESS') {
                    Say '  In this state it can only be deleted.'
                    if (-not (Confirm-Action '  Delete it and create it again?')) {
                        Write-ProgressMade
                        Fail 'To delete it yourself: aws cloudformation delete-stack --stack-name {0}' @($name)
                    }
                }
                Remove-Stack $name
                $script:status = 'NONE'
            }
            $script:known = @{}
            break
        }
        '^UPDATE_ROLLBACK_FAILED$' {
            Fail 'Its last update could not be rolled back. Mend what its events name, then: aws cloudformation continue-update-rollback --stack-name {0}' @($name)
        }
        '_IN_PROGRESS$' {
            Fail 'Another operation is at work on it. Wait until it ends and repeat the command.'
        }
    }
    $script:parameters = @()
    $script:overrides = ''
}

$noUpdates = 'No updates are to be performed'

# A change set, shown, and unless it is empty or this is a dry run, executed.
function Publish-Stack([string] $Stack) {
    if ($script:status -eq 'BROKEN') { return }
    $name = Get-StackName $Stack
    $changeSet = "oith-$([DateTimeOffset]::UtcNow.ToUnixTimeSeconds())-$PID"
    $type = 'UPDATE'
    if ($script:status -eq 'NONE') { $type = 'CREATE' }
    $parameterFile = Join-Path $work 'parameters.json'
    Set-Content $parameterFile (ConvertTo-Json -InputObject @($script:parameters))
    $tags = @(Get-Passed 'tag' $Stack | ForEach-Object { "Key=$($_.name),Value=$($_.from -creplace '^@environment$', $environment)" })
    $null = Invoke-Aws cloudformation create-change-set --stack-name $name --change-set-name $changeSet --change-set-type $type `
        --template-body "file://$here/cloudformation-$Stack.yaml" --parameters "file://$parameterFile" --capabilities CAPABILITY_IAM `
        --tags @tags
    if (-not $script:succeeded) {
        # AWS makes a change set that failed, see below; emulators may refuse at once.
        if (-not $script:lastError.Contains($noUpdates)) {
            Write-Explanation
            Stop-Script 1
        }
        Say '  No change.'
        return
    }

    while ($true) {
        $planned = Get-Aws cloudformation describe-change-set --stack-name $name --change-set-name $changeSet `
            --query '{Status:Status,Reason:StatusReason,Changes:Changes[].ResourceChange.{Action:Action,ResourceType:ResourceType,LogicalResourceId:LogicalResourceId,Replacement:Replacement}}'
        if ($planned.Status -notin 'CREATE_PENDING', 'CREATE_IN_PROGRESS') { break }
        Start-Sleep -Seconds $pollSeconds
    }

    if ($planned.Status -ne 'CREATE_COMPLETE') {
        $reason = "$($planned.Reason)"
        Remove-ChangeSet $name $changeSet $type
        if ($reason.Contains("didn't contain changes") -or $reason.Contains($noUpdates)) {
            Say '  No change.'
            return
        }
        Fail 'The change set of {0} failed: {1}' @($name, $reason)
    }

    $changes = @($planned.Changes | Where-Object { $_ })
    if ($changes.Count -eq 0) { Say '  No resource changes, only the tags or parameters of the stack.' }
    foreach ($change in $changes) {
        $replaced = ''
        if ($change.Replacement -eq 'True') { $replaced = ' (replaced)' }
        if ($change.Replacement -eq 'Conditional') { $replaced = ' (perhaps replaced)' }
        "  $($change.Action) $($change.ResourceType) $($change.LogicalResourceId)$replaced"
    }

    if ($dryRun) {
        Remove-ChangeSet $name $changeSet $type
        return
    }

    $severe = @($changes | Where-Object { $_.Action -eq 'Remove' -or $_.Replacement -eq 'True' }).Count -gt 0
    if ($environment -eq 'production' -or $severe) {
        if (-not (Confirm-Action '  Apply these changes to {0}?' @($name))) {
            Remove-ChangeSet $name $changeSet $type
            Write-ProgressMade
            Stop-Script 1
        }
    }

    $script:applying = $name
    $null = Get-Aws cloudformation execute-change-set --stack-name $name --change-set-name $changeSet --client-request-token $changeSet
    Watch-Stack $name $changeSet
    $script:applying = ''
    if ($script:watched -notin 'CREATE_COMPLETE', 'UPDATE_COMPLETE') {
        Warn 'Stack {0}: {1}. It failed first at:' @($name, $script:watched)
        Write-FirstFailures $name $changeSet
        Fail 'Mend the cause and deploy again. Every event: aws cloudformation describe-stack-events --stack-name {0}' @($name)
    }
    $script:applied += "$name $($script:watched)"
    Say '  {0}' @($script:watched)
}

# A change set that is not wanted, and with it the empty stack that one of type CREATE made.
function Remove-ChangeSet([string] $Name, [string] $ChangeSet, [string] $Type) {
    $null = Get-Aws cloudformation delete-change-set --stack-name $Name --change-set-name $ChangeSet
    if ($Type -eq 'CREATE') { $null = Get-Aws cloudformation delete-stack --stack-name $Name }
}

function Remove-Stack([string] $Name) {
    $id = Get-Aws cloudformation describe-stacks --stack-name $Name --query 'Stacks[0].StackId'
    $token = "oith-$([DateTimeOffset]::UtcNow.ToUnixTimeSeconds())-$PID"
    $script:applying = $Name
    $null = Get-Aws cloudformation delete-stack --stack-name $Name --client-request-token $token
    Watch-Stack $id $token
    $script:applying = ''
    if ($script:watched -ne 'DELETE_COMPLETE') {
        Warn 'Stack {0}: {1}. It failed first at:' @($Name, $script:watched)
        Write-FirstFailures $id $token
        Stop-Script 1
    }
    $script:applied += "$Name $($script:watched)"
}

# ---- Artifacts ----------------------------------------------------------------------------------------------------------------------------------------

function Get-Hash([byte[]] $Bytes) { [Convert]::ToHexString([Security.Cryptography.SHA256]::HashData($Bytes)).ToLowerInvariant().Substring(0, 16) }

# Puts a file under a key named by its content, once; the key is $script:key.
function Publish-File([string] $File, [string] $Folder, [string] $Name) {
    $script:key = "$Folder/$(Get-Hash ([IO.File]::ReadAllBytes($File)))/$Name"
    if ($dryRun) { return }
    $null = Invoke-Aws s3api head-object --bucket $bucket --key $script:key
    if ($script:succeeded) { return }
    $null = Get-Aws s3api put-object --bucket $bucket --key $script:key --body $File
    Say '  Uploaded {0}' @($script:key)
}

# Runs a program, with a line each 15 seconds. True when it succeeds; what it wrote is $script:log.
function Invoke-Shown([string] $Program, [string[]] $Arguments) {
    $outputFile = Join-Path $work 'publish'
    $errorFile = Join-Path $work 'publish-error'
    $quoted = $Arguments | ForEach-Object { "`"$_`"" }
    $script:publishing = Start-Process $Program -ArgumentList $quoted -NoNewWindow -PassThru -RedirectStandardOutput $outputFile -RedirectStandardError $errorFile
    # Without the handle the exit code is lost.
    $null = $script:publishing.Handle
    $waited = 0
    while (-not $script:publishing.WaitForExit(1000)) {
        $waited++
        if ($waited % 15 -eq 0) { [Console]::Out.WriteLine((Say '  {0} s' @($waited))) }
    }
    $succeeded = $script:publishing.ExitCode -eq 0
    $script:publishing = $null
    $script:log = @(Get-Content $outputFile) + @(Get-Content $errorFile)
    $succeeded
}

function Publish-Service {
    $script:zip = $env:SERVICE_ZIP
    if ($script:zip) {
        $script:zip = (Resolve-Path -LiteralPath $script:zip).Path
        return
    }
    if (-not (Get-Command dotnet -ErrorAction SilentlyContinue)) {
        Fail 'The .NET SDK is not installed. See https://dotnet.microsoft.com/download, or set SERVICE_ZIP.'
    }
    $runtime = 'linux-x64'
    if ($env:ARCHITECTURE -eq 'arm64') { $runtime = 'linux-arm64' }
    $useDax = 'true'
    if ($env:USE_DAX) { $useDax = $env:USE_DAX }
    $artifacts = "$root/artifacts/deploy"
    $published = "$artifacts/publish"
    Say 'Publishing the service for {0}, a minute or more.' @($runtime)
    if (Test-Path $published) { Remove-Item $published -Recurse -Force }
    # The same folder every time, and paths mapped away: the same sources give the same bytes, and so the same key.
    $arguments = 'publish', "$root/Oith.Matching", '--configuration', 'Release', '--runtime', $runtime, '--self-contained', 'false', '-p:PublishReadyToRun=true',
        "-p:UseDax=$useDax", '-p:ContinuousIntegrationBuild=true', '--artifacts-path', $artifacts, '--output', $published, '--verbosity', 'quiet'
    if (-not (Invoke-Shown 'dotnet' $arguments)) {
        $script:log | Select-Object -Last 20 | ForEach-Object { Warn '{0}' @($_) }
        if ("$($script:log)".Contains('AWSSDK.DAX.Client')) { Warn 'The package feed lacks AWSSDK.DAX.Client. Set USE_DAX=false to deploy without DAX.' }
        Fail 'The service could not be published. Nothing was changed.'
    }
    $script:zip = "$artifacts/matching-service.zip"
    if (-not (Invoke-Shown 'dotnet' @('run', "$here/package.cs", '--', $published, "$here/run.sh", $script:zip))) {
        $script:log | Select-Object -Last 20 | ForEach-Object { Warn '{0}' @($_) }
        Fail 'The service could not be packed. Nothing was changed.'
    }
}

# ---- Commands -----------------------------------------------------------------------------------------------------------------------------------------

# A production environment without authentication is deployed only with --allow-anonymous.
function Assert-Authentication {
    Read-Known (Get-StackName 'matching')
    if ($env:AUTHENTICATION_AUTHORITY -or $script:known['AuthenticationAuthority']) { return }
    if ($environment -eq 'production' -and -not $allowAnonymous) {
        Fail 'AUTHENTICATION_AUTHORITY is not set: every caller of the API could act for every user, deletion of profiles included. Set it, or say --allow-anonymous.'
    }
    if ($environment -ne 'development') { Warn 'AUTHENTICATION_AUTHORITY is not set: every caller of the API may act for every user.' }
}

function Invoke-Deploy {
    Say 'Deploying {0} to account {1} in {2} as {3}.' @($environment, $account, $region, $caller)
    if ($dryRun) { Say 'Dry run: nothing is changed.' }
    Assert-Authentication
    if (-not $env:ALERT_EMAIL -and $script:known['StackStatus'] -eq 'NONE') { Say 'ALERT_EMAIL is not set: nobody is told when an alarm fires.' }
    Find-Network
    Say 'Network {0}, subnets {1}.' @($script:vpc, $script:subnets)
    Publish-Service

    $script:bucket = "oith-$environment-artifacts-$account-$region"
    $previous = ''
    foreach ($stack in $stacks) {
        Start-Stack $stack
        if (-not $previous -or (Test-Plannable $previous)) {
            Add-Parameters $stack
            Publish-Stack $stack
        }
        if ($stack -eq 'data' -and $environment -eq 'production' -and -not $dryRun) {
            $null = Get-Aws cloudformation update-termination-protection --stack-name (Get-StackName 'data') --enable-termination-protection
            $null = Get-Aws cloudformation set-stack-policy --stack-name (Get-StackName 'data') --stack-policy-body "file://$here/stack-policy.json"
        }
        $previous = $stack
    }

    if ($dryRun) { return }
    Read-Outputs 'matching'
    Write-Settings
    Say ''
    Say 'Deployed.'
    Write-Addresses
}

# An emulator has neither execute-api nor the console of AWS. LocalCloud plays the API where it was told of the process behind it.
function Write-Addresses {
    $api = Get-Output 'matching' 'ApiEndpoint'
    if (-not $env:AWS_ENDPOINT_URL -or -not "$api".Contains('amazonaws.com')) {
        Say 'API {0}' @($api)
    }
    else {
        Say 'API: the process that plays the function, http://localhost:5080 unless it was started otherwise.'
    }
    if (-not $env:AWS_ENDPOINT_URL) {
        Say 'Dashboard {0}' @((Get-Output 'matching' 'DashboardUrl'))
    }
    else {
        Say 'Console of LocalCloud {0}/_console/' @($env:AWS_ENDPOINT_URL.TrimEnd('/'))
    }
}

# Whatever changes the function changes its revision, and so publishes a version: code, template and imports (before the dash), parameters (after it).
function Get-Revision {
    $chosen = "$($script:known['ServiceRevision'])" -replace '^[^-]*-', ''
    if ($script:overrides) { $chosen = Get-Hash ([Text.Encoding]::UTF8.GetBytes("$chosen $($script:overrides)`n")) }
    $text = "$($script:serviceKey)`n" + [IO.File]::ReadAllText("$here/cloudformation-matching.yaml")
    foreach ($stack in 'data', 'infrastructure') {
        foreach ($name in $script:outputs[$stack].Keys) { $text += "$name`t$($script:outputs[$stack][$name])`n" }
    }
    if (-not $chosen) { $chosen = '0' }
    "$(Get-Hash ([Text.Encoding]::UTF8.GetBytes($text)))-$chosen"
}

# False, after saying so: in a dry run a stack cannot be planned before the one that it imports from is there.
function Test-Plannable([string] $Stack) {
    if (-not $dryRun) { return $true }
    if ((Get-StackStatus (Get-StackName $Stack)) -notin 'NONE', 'ROLLBACK_COMPLETE', 'REVIEW_IN_PROGRESS') { return $true }
    [Console]::Out.WriteLine((Say '  Would be created, after {0}.' @((Get-StackName $Stack))))
    return $false
}

function Write-Settings {
    $file = $env:SETTINGS_FILE
    if (-not $file) { $file = Join-Path $root 'env-infrastructure.txt' }
    $settings = @(
        Say 'OITH_ENVIRONMENT={0}' @($environment)
        Say 'AWS_REGION={0}' @($region)
        if ($env:AWS_ENDPOINT_URL) { Say 'AWS_ENDPOINT_URL={0}' @($env:AWS_ENDPOINT_URL) }
        Say 'USERS_TABLE={0}' @((Get-Output 'data' 'UsersTableName'))
        Say 'MATCHES_TABLE={0}' @((Get-Output 'data' 'MatchesTableName'))
        Say 'MATCH_HISTORY_TABLE={0}' @((Get-Output 'data' 'MatchHistoryTableName'))
        Say 'BLOCKS_TABLE={0}' @((Get-Output 'data' 'BlocksTableName'))
        Say 'REDIS_HOST={0}' @((Get-Output 'infrastructure' 'ElastiCacheEndpoint'))
        Say 'REDIS_PORT={0}' @((Get-Output 'infrastructure' 'ElastiCachePort'))
        # The Redis of an emulator has no TLS, and one password at most.
        if ($env:AWS_ENDPOINT_URL) {
            if ($env:REDIS_PASSWORD) { Say 'REDIS_PASSWORD={0}' @($env:REDIS_PASSWORD) }
        }
        else {
            Say 'REDIS_TLS=true'
            Say 'REDIS_USERNAME={0}' @((Get-Output 'infrastructure' 'RedisUsername'))
            Say 'REDIS_PASSWORD_SECRET_ARN={0}' @((Get-Output 'infrastructure' 'RedisSecretArn'))
        }
        Say 'DAX_ENDPOINTS={0}' @((Get-Output 'infrastructure' 'DAXEndpoint'))
        Say 'MATCHING_QUEUE_URL={0}' @((Get-Output 'infrastructure' 'MatchingQueueUrl'))
        Say 'NOTIFICATION_QUEUE_URL={0}' @((Get-Output 'infrastructure' 'NotificationQueueUrl'))
    )
    [IO.File]::WriteAllText($file, ($settings -join "`n") + "`n")
    Say ''
    Say 'Wrote {0}' @($file)
}

function Show-Status {
    Say 'Environment {0} in account {1}, {2}.' @($environment, $account, $region)
    $healthy = $true
    foreach ($stack in $stacks) {
        $status = Get-StackStatus (Get-StackName $stack)
        Say '  {0} {1}' @((Get-StackName $stack), $status)
        if ($status -notmatch '^(CREATE|UPDATE)_COMPLETE$') { $healthy = $false }
    }
    if (-not $healthy) {
        Say 'Not deployed whole.'
        Stop-Script 1
    }
    Read-Outputs 'matching'
    Read-Outputs 'infrastructure'
    Write-Addresses
    Say 'Matching queue {0}' @((Get-Output 'infrastructure' 'MatchingQueueUrl'))
    $firing = @(Get-Aws cloudwatch describe-alarms --alarm-name-prefix "oith-$environment-" --state-value ALARM --query 'MetricAlarms[].{Name:AlarmName,Reason:StateReason}')
    if ($firing.Count -eq 0) {
        Say 'No alarm fires.'
    }
    else {
        Say 'Firing:'
        foreach ($alarm in $firing) { Say '  {0} {1}' @($alarm.Name, $alarm.Reason) }
    }
}

function Invoke-Cleanup {
    $doomed = @(foreach ($stack in 'stepfunctions', 'matching', 'infrastructure', 'data') {
        if ($environment -eq 'production' -and $stack -eq 'data') { continue }
        if ((Get-StackStatus (Get-StackName $stack)) -ne 'NONE') { $stack }
    })
    Say 'Cleaning up {0} in account {1}, {2}.' @($environment, $account, $region)
    foreach ($stack in $doomed) { Say '  deletes {0}' @((Get-StackName $stack)) }
    if ($environment -eq 'production') {
        Say '  keeps {0}: production data is never deleted by this script.' @((Get-StackName 'data'))
    }
    else {
        Say '  deletes the tables with everything in them'
    }
    if ($dryRun) { return }
    if (-not (Confirm-Action 'Delete all this?')) { Fail 'Nothing was changed.' }

    foreach ($stack in $doomed) {
        $name = Get-StackName $stack
        Say ''
        Say 'Deleting {0}.' @($name)
        if ($stack -eq 'data') {
            $artifacts = "oith-$environment-artifacts-$account-$region"
            $null = Invoke-Aws s3api head-bucket --bucket $artifacts
            if ($script:succeeded) { $null = Get-Aws s3 rm "s3://$artifacts" --recursive --only-show-errors }
        }
        Remove-Stack $name
    }

    # The stack leaves its tables behind, so that none is lost by a slip; here they are meant.
    if ($environment -ne 'production') {
        foreach ($table in $tables) {
            $name = "oith-$environment-$table"
            $null = Invoke-Aws dynamodb describe-table --table-name $name
            if ($script:succeeded) {
                $null = Get-Aws dynamodb delete-table --table-name $name
                Say 'Deleted table {0}.' @($name)
            }
        }
    }
    Remove-Settings
    Say ''
    Say 'Cleaned up.'
}

# The file may be that of another environment, deployed since.
function Remove-Settings {
    $file = $env:SETTINGS_FILE
    if (-not $file) { $file = Join-Path $root 'env-infrastructure.txt' }
    if (-not (Test-Path -LiteralPath $file -PathType Leaf)) { return }
    if ((Get-Content -LiteralPath $file) -ccontains "OITH_ENVIRONMENT=$environment") {
        Remove-Item -LiteralPath $file
    }
    else {
        Say 'Kept {0}: it is not of {1}.' @($file, $environment)
    }
}

# ---- Arguments ----------------------------------------------------------------------------------------------------------------------------------------

try {
    $environment = ''
    $command = ''
    $yes = $dryRun = $cost = $allowAnonymous = $false
    foreach ($argument in $args) {
        switch -Regex -CaseSensitive ($argument) {
            '^(--help|-h)$' { $usage; Stop-Script 0 }
            '^--yes$' { $yes = $true; break }
            '^--dry-run$' { $dryRun = $true; break }
            '^--allow-anonymous$' { $allowAnonymous = $true; break }
            '^--cost$' { $cost = $true; break }
            '^-' { Fail 'Unknown option {0}. See --help.' @($argument) }
            default {
                if (-not $environment) { $environment = $argument }
                elseif (-not $command) { $command = $argument }
                else { Fail 'Too many arguments: {0}. See --help.' @($argument) }
            }
        }
    }

    if ($environment -and $environment -cnotin 'development', 'staging', 'production') {
        Fail 'Unknown environment {0}: development, staging or production.' @($environment)
    }
    if ($cost) {
        Write-Cost $environment
        Stop-Script 0
    }
    if (-not $environment -or -not $command) {
        [Console]::Error.WriteLine($usage)
        Stop-Script 2
    }
    if ($command -cnotin 'deploy', 'status', 'cleanup') { Fail 'Unknown command {0}: deploy, status or cleanup.' @($command) }
    if (-not (Get-Command aws -ErrorAction SilentlyContinue)) {
        Fail 'The AWS CLI is not installed. See https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html.'
    }

    $region = $env:AWS_REGION
    if (-not $region) { $region = $env:AWS_DEFAULT_REGION }
    if (-not $region) { $region = & aws configure get region 2> $null }
    if (-not $region) { $region = 'us-east-1' }
    $env:AWS_REGION = $env:AWS_DEFAULT_REGION = $region
    Assert-Variables
    $script:outputs = @{}
    $identity = Get-Aws sts get-caller-identity
    $account = $identity.Account
    $caller = $identity.Arn
    # The identity is the same in every region, and also where there is none: EC2 answers in regions that exist and are enabled.
    $env:AWS_MAX_ATTEMPTS, $attempts = '1', $env:AWS_MAX_ATTEMPTS
    $null = Get-Aws ec2 describe-availability-zones --query 'AvailabilityZones[0].RegionName'
    $env:AWS_MAX_ATTEMPTS = $attempts

    switch ($command) {
        'deploy' { Invoke-Deploy }
        'status' { Show-Status }
        'cleanup' { Invoke-Cleanup }
    }
    Stop-Script 0
}
catch {
    $script:finished = $true
    throw
}
finally {
    if (-not $script:finished) {
        # Only Ctrl+C, which PowerShell itself would end with exit code 0, comes here unannounced.
        if ($script:publishing) { $script:publishing.Kill($true) }
        Warn ''
        Warn 'Interrupted.'
        Write-ProgressMade
    }
    Remove-Item $work -Recurse -Force
    if (-not $script:finished) { [Environment]::Exit(130) }
}
