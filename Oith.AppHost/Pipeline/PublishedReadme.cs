using Oith.Stack;

namespace Oith.AppHost.Pipeline;

/// <summary>The page in a published folder that says how to apply it with the AWS CLI.</summary>
internal static class PublishedReadme
{
    /// <param name="keys">Keys of the artifacts in the bucket, by file.</param>
    public static string Write(string environment, bool isProduction, IReadOnlyDictionary<string, string> keys)
    {
        var uploads = string.Join(
            '\n', keys.Select(pair => $"""aws s3api put-object --bucket "$bucket" --key {pair.Value} --body {pair.Key}"""));
        var others = string.Join('\n', ResourceNames.Stacks.Skip(1).Select(stack => $"apply {stack}"));
        var data = ResourceNames.Stack(environment, ResourceNames.DataStack);
        var protection = isProduction
            ? $"""

                aws cloudformation update-termination-protection --stack-name {data} --enable-termination-protection
                aws cloudformation set-stack-policy --stack-name {data} --stack-policy-body file://stack-policy.json
                """
            : "";
        return $$"""
            # OITH, environment {{environment}}

            What `aspire publish -e {{environment}}` wrote: for each stack a template, its parameters and its tags, the state machines'
            definitions and the service's zip. It holds no secret. To apply it with the AWS CLI and a POSIX shell, in this folder:

            ```sh
            export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
            export VPC_ID=vpc-0123456789abcdef0
            export SUBNET_IDS=subnet-0123456789abcdef0,subnet-0123456789abcdef1
            ```

            Two or three private subnets of the VPC, each in another availability zone. Values that were given to `aspire publish`
            (`VPC_ID=… aspire publish`) are in the parameters already. Outside us-east-1 add `SecretsExtensionLayerArn` to the parameters
            of the matching stack, and for production `AuthenticationAuthority`, the issuer of the tokens that the API demands:
            without it every caller may act for every user.

            ```sh
            set -eu
            account=$(aws sts get-caller-identity --query Account --output text)
            bucket=oith-{{environment}}-artifacts-$account-$AWS_REGION
            revision=$(cat *.parameters.json cloudformation-matching.yaml matching-service.zip | cksum | tr ' ' '-')
            network="s|<VpcId>|${VPC_ID:-}|; s|<PrivateSubnetIds>|${SUBNET_IDS:-}|"
            sed -i.published "$network; s|<ArtifactBucket>|$bucket|; s|<ServiceRevision>|$revision|" *.parameters.json

            apply() {
              stack=oith-{{environment}}-$1 verb=update
              aws cloudformation describe-stacks --stack-name "$stack" > /dev/null 2>&1 || verb=create
              aws cloudformation $verb-stack --stack-name "$stack" --template-body "file://cloudformation-$1.yaml" \
                --parameters "file://$stack.parameters.json" --tags "file://$stack.tags.json" --capabilities CAPABILITY_NAMED_IAM
              aws cloudformation wait stack-$verb-complete --stack-name "$stack"
            }

            apply data
            {{uploads}}
            {{others}}{{protection}}
            ```

            `update-stack` ends with "No updates are to be performed" where a stack has no change; go on with the next. The order is the
            one above, because each stack imports outputs of those before it. `infrastructure/deploy.sh` and `aspire deploy` do the same
            with change sets, questions and checks.

            """;
    }
}
