using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Oith.LocalCloud.ApiGateway;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Provisioners;

/// <summary>
/// The types that have no meaning on one machine (gateways, scaling, policies). They are recorded with the ids and
/// attributes that AWS would give them, so that templates resolve.
/// </summary>
internal sealed class RecordedProvisioner(Arn arn, LocalCloudOptions options, HttpApiTable httpApis) : IProvisioner
{
    private const string Hexadecimal = "0123456789abcdef";
    private const string LowerCase = "abcdefghijklmnopqrstuvwxyz0123456789";

    private delegate JsonObject AttributesOf(ResourceRequest request, string id);

    public IReadOnlyDictionary<string, ResourceHandler> Handlers => new Dictionary<string, ResourceHandler>
    {
        ["AWS::ApiGatewayV2::Api"] = Recorded(
            _ => Random(LowerCase, 10),
            (request, id) => new()
            {
                ["ApiId"] = id,
                ["ApiEndpoint"] = httpApis.OfStack(request.StackName)?.Address ?? $"https://{id}.execute-api.{options.Region}.amazonaws.com",
            }),
        ["AWS::ApiGatewayV2::ApiMapping"] = Recorded(_ => Random(LowerCase, 6), Id("ApiMappingId")),
        ["AWS::ApiGatewayV2::Authorizer"] = Recorded(_ => Random(LowerCase, 6), Id("AuthorizerId")),
        ["AWS::ApiGatewayV2::Deployment"] = Recorded(_ => Random(LowerCase, 6), Id("DeploymentId")),
        ["AWS::ApiGatewayV2::DomainName"] = Recorded(
            Named("DomainName", 255),
            (_, id) => new()
            {
                ["DomainNameArn"] = $"arn:aws:apigateway:{options.Region}::/domainnames/{id}",
                ["RegionalDomainName"] = $"d-{Random(LowerCase, 10)}.execute-api.{options.Region}.amazonaws.com",
                ["RegionalHostedZoneId"] = "Z1UJRXOUMOOFQ8",
            }),
        ["AWS::ApiGatewayV2::Integration"] = Recorded(_ => Random(LowerCase, 7), Id("IntegrationId")),
        ["AWS::ApiGatewayV2::Route"] = Recorded(_ => Random(LowerCase, 7), Id("RouteId")),
        ["AWS::ApiGatewayV2::Stage"] = Recorded(Named("StageName", 128), Id("Id")),
        ["AWS::ApiGatewayV2::VpcLink"] = Recorded(_ => Random(LowerCase, 6), Id("VpcLinkId")),
        ["AWS::ApplicationAutoScaling::ScalableTarget"] = Recorded(
            request => $"{request.Text("ResourceId")}|{request.Text("ScalableDimension")}|{request.Text("ServiceNamespace")}", Id("Id")),
        ["AWS::ApplicationAutoScaling::ScalingPolicy"] = Recorded(
            request => arn.Of("autoscaling", $"scalingPolicy:{Guid.NewGuid()}:policyName/{request.Text("PolicyName")}"), Id("Arn")),
        ["AWS::CDK::Metadata"] = Recorded(request => request.UniqueName(128), None),
        ["AWS::CloudFormation::WaitConditionHandle"] = Recorded(
            request => $"https://cloudformation-waitcondition-{options.Region}.s3.amazonaws.com/{Uri.EscapeDataString(request.StackId)}/{request.LogicalId}",
            Id("Id")),
        ["AWS::DAX::ParameterGroup"] = Recorded(Lower("ParameterGroupName", 255), Id("Id")),
        ["AWS::DAX::SubnetGroup"] = Recorded(Lower("SubnetGroupName", 255), Id("Id")),
        ["AWS::EC2::SecurityGroupEgress"] = Recorded(_ => "sgr-" + Random(Hexadecimal, 17), Id("Id")),
        ["AWS::EC2::SecurityGroupIngress"] = Recorded(_ => "sgr-" + Random(Hexadecimal, 17), Id("Id")),
        ["AWS::EC2::VPCEndpoint"] = Recorded(_ => "vpce-" + Random(Hexadecimal, 17), Id("Id")),
        ["AWS::ElastiCache::ParameterGroup"] = Recorded(Lower("CacheParameterGroupName", 255), Id("CacheParameterGroupName")),
        ["AWS::ElastiCache::SubnetGroup"] = Recorded(Lower("CacheSubnetGroupName", 255), None),
        ["AWS::ElastiCache::User"] = Recorded(
            Lower("UserId", 40), (_, id) => new() { ["Arn"] = arn.Of("elasticache", "user:" + id), ["Status"] = "active" }),
        ["AWS::ElastiCache::UserGroup"] = Recorded(
            Lower("UserGroupId", 40), (_, id) => new() { ["Arn"] = arn.Of("elasticache", "usergroup:" + id), ["Status"] = "active" }),
        ["AWS::IAM::Group"] = Recorded(Named("GroupName", 128), (request, id) => IamArn(request, "group", id)),
        ["AWS::IAM::InstanceProfile"] = Recorded(Named("InstanceProfileName", 128), (request, id) => IamArn(request, "instance-profile", id)),
        ["AWS::IAM::ManagedPolicy"] = Recorded(
            request => IamArn(request, "policy", request.OptionalText("ManagedPolicyName") ?? request.UniqueName(128))["Arn"]!.GetValue<string>(), Id("PolicyArn")),
        ["AWS::IAM::Policy"] = Recorded(request => request.UniqueName(128), Id("Id")),
        ["AWS::IAM::User"] = Recorded(Named("UserName", 64), (request, id) => IamArn(request, "user", id)),
        ["AWS::Lambda::LayerVersion"] = Recorded(
            request => arn.Of("lambda", $"layer:{request.OptionalText("LayerName") ?? request.UniqueName(64)}:1"), Id("LayerVersionArn")),
        ["AWS::Logs::MetricFilter"] = Recorded(Named("FilterName", 512), None),
        ["AWS::Logs::QueryDefinition"] = Recorded(_ => Guid.NewGuid().ToString(), Id("QueryDefinitionId")),
        ["AWS::Logs::ResourcePolicy"] = Recorded(Named("PolicyName", 255), None),
        ["AWS::Logs::SubscriptionFilter"] = Recorded(Named("FilterName", 512), None),
        ["AWS::SecretsManager::ResourcePolicy"] = Recorded(request => request.Text("SecretId"), Id("Id")),
        ["AWS::XRay::Group"] = Recorded(
            request => $"{arn.Of("xray", "group")}/{request.OptionalText("GroupName")}/{Random(Hexadecimal, 26)}", Id("GroupARN")),
        ["AWS::XRay::ResourcePolicy"] = Recorded(Named("PolicyName", 128), None),
        ["AWS::XRay::SamplingRule"] = Recorded(
            request => arn.Of("xray", $"sampling-rule/{request.Properties["SamplingRule"]?["RuleName"]?.GetValue<string>() ?? request.UniqueName(32)}"), Id("RuleARN")),
    };

    private static ResourceHandler Recorded(Func<ResourceRequest, string> identify, AttributesOf attributes) => new(
        (request, _) =>
        {
            var id = identify(request);
            return ValueTask.FromResult(new ProvisionedResource(id, attributes(request, id)));
        },
        (request, _) => ValueTask.FromResult(new ProvisionedResource(request.Id, (JsonObject)request.Attributes.DeepClone())),
        (_, _) => ValueTask.CompletedTask);

    private static Func<ResourceRequest, string> Named(string property, int maximumLength) =>
        request => request.OptionalText(property) ?? request.UniqueName(maximumLength);

    // Some services turn names to lower case.
    private static Func<ResourceRequest, string> Lower(string property, int maximumLength) =>
        request => (request.OptionalText(property) ?? request.UniqueName(maximumLength)).ToLowerInvariant();

    private static JsonObject None(ResourceRequest request, string id) => [];

    private static AttributesOf Id(string attribute) => (_, id) => new JsonObject { [attribute] = id };

    private JsonObject IamArn(ResourceRequest request, string kind, string name) =>
        new() { ["Arn"] = $"arn:aws:iam::{options.AccountId}:{kind}{request.OptionalText("Path") ?? "/"}{name}" };

    private static string Random(string characters, int length) => RandomNumberGenerator.GetString(characters, length);
}
