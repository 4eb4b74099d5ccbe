using Amazon.CDK;
using Amazon.CDK.AWS.EC2;
using Amazon.CDK.AWS.ECS;
using Amazon.CDK.AWS.S3.Assets;
using Amazon.CDK.CloudFormation.Include;
using Aspire.Hosting.AWS.Deployment;

namespace Oith.AppHost.AppModel;

/// <summary>
/// The stack that <c>aspire publish</c> puts the service in, <c>oith-{env}-service</c>, and beside it the stacks of the templates, as they are and under
/// the names that the deploy scripts give them. Separate stacks, because the templates import from each other by export names that hold the stacks'
/// names, and a stack cannot import from itself; the service takes what it needs by the same exports.
/// </summary>
public sealed class OithDeployment : Stack
{
    // The templates take two or three subnets; two are always there.
    private const int Subnets = 2;

    private readonly string _environment;

    /// <param name="environment">development, staging or production.</param>
    /// <param name="choices">What is configured for the templates' parameters, by name; network parameters are asked for at deployment.</param>
    /// <param name="serviceZip">The function's zip; null leaves out the function and what invokes it.</param>
    internal OithDeployment(
        App app, IStackProps props, string environment, string infrastructureDirectory, Func<string, string?> choices, string? serviceZip)
        : base(app, ResourceNames.Stack(environment, "service"), props)
    {
        _environment = environment;
        var data = Include(app, props, ResourceNames.DataStack, infrastructureDirectory, choices, []);
        var infrastructure = Include(app, props, ResourceNames.InfrastructureStack, infrastructureDirectory, choices, []);
        infrastructure.AddStackDependency(data);
        AddStackDependency(infrastructure);
        if (serviceZip is not null)
        {
            IncludeFunction(app, props, infrastructureDirectory, choices, serviceZip).AddStackDependency(infrastructure);
        }

        // The deployment gives these parameters to every stack that has them, so the templates and the service share one network.
        var vpcId = new CfnParameter(this, StackParameters.VpcId, new CfnParameterProps { Type = "AWS::EC2::VPC::Id" });
        var subnetIds = new CfnParameter(this, StackParameters.PrivateSubnetIds, new CfnParameterProps { Type = "List<AWS::EC2::Subnet::Id>" });
        var network = Enumerable.Range(0, Subnets).ToList();
        DefaultVpc = Amazon.CDK.AWS.EC2.Vpc.FromVpcAttributes(this, "Vpc", new VpcAttributes
        {
            VpcId = vpcId.ValueAsString,
            AvailabilityZones = [.. network.Select(i => Fn.Select(i, Fn.GetAzs()))],
            PrivateSubnetIds = [.. network.Select(i => Fn.Select(i, subnetIds.ValueAsList))],
        });
        DefaultCluster = new Cluster(this, "Cluster", new ClusterProps { ClusterName = $"oith-{environment}", Vpc = DefaultVpc });
        DefaultSecurityGroup = SecurityGroup.FromSecurityGroupId(
            this, "ServiceSecurityGroup", Import(ResourceNames.InfrastructureStack, "LambdaSecurityGroupId"));
    }

    /// <summary>The VPC that the infrastructure stack is deployed into.</summary>
    [DefaultVpc]
    public IVpc DefaultVpc { get; }

    [DefaultECSCluster]
    public ICluster DefaultCluster { get; }

    /// <summary>The group that Redis and DAX let in.</summary>
    [DefaultECSClusterSecurityGroup]
    public ISecurityGroup DefaultSecurityGroup { get; }

    /// <summary>The value of an output of a template's stack, by its export.</summary>
    public string Import(string stack, string output) => Fn.ImportValue($"{ResourceNames.Stack(_environment, stack)}-{output}");

    private Stack IncludeFunction(App app, IStackProps props, string infrastructureDirectory, Func<string, string?> choices, string serviceZip)
    {
        var matching = new Stack(app, ResourceNames.Stack(_environment, ResourceNames.MatchingStack), props);
        var service = new Asset(matching, "Service", new AssetProps { Path = serviceZip });
        Include(matching, ResourceNames.MatchingStack, infrastructureDirectory, choices, new()
        {
            [Artifact.BucketParameter] = service.S3BucketName,
            [Artifact.Service.Parameter] = service.S3ObjectKey,
            [StackParameters.ServiceRevision] = service.AssetHash,
        });

        var stepFunctions = new Stack(app, ResourceNames.Stack(_environment, ResourceNames.StepFunctionsStack), props);
        var parameters = new Dictionary<string, object>();
        foreach (var definition in Artifact.Definitions)
        {
            var asset = new Asset(stepFunctions, definition.Parameter, new AssetProps { Path = Path.Combine(infrastructureDirectory, definition.File) });
            parameters[Artifact.BucketParameter] = asset.S3BucketName;
            parameters[definition.Parameter] = asset.S3ObjectKey;
        }

        Include(stepFunctions, ResourceNames.StepFunctionsStack, infrastructureDirectory, choices, parameters);
        stepFunctions.AddStackDependency(matching);
        return matching;
    }

    private Stack Include(
        App app, IStackProps props, string stack, string infrastructureDirectory, Func<string, string?> choices, Dictionary<string, object> parameters)
    {
        var sibling = new Stack(app, ResourceNames.Stack(_environment, stack), props);
        Include(sibling, stack, infrastructureDirectory, choices, parameters);
        return sibling;
    }

    private void Include(
        Stack sibling, string stack, string infrastructureDirectory, Func<string, string?> choices, Dictionary<string, object> parameters)
    {
        parameters[StackParameters.Environment] = _environment;
        foreach (var choice in StackParameters.Choices[stack].Except([StackParameters.VpcId, StackParameters.PrivateSubnetIds]))
        {
            if (choices(choice) is { } value)
            {
                parameters[choice] = value;
            }
        }

        _ = new CfnInclude(sibling, "Template", new CfnIncludeProps
        {
            TemplateFile = Path.Combine(infrastructureDirectory, ResourceNames.Template(stack)),
            Parameters = parameters,
        });
    }
}
