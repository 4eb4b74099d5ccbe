using System.Text.Json.Nodes;
using Amazon.CDK;
using Amazon.CDK.AWS.ECS;
using Amazon.CDK.AWS.ECS.Patterns;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.AWS.Deployment;
using Oith.AppHost;
using Oith.AppHost.AppModel;
using Oith.Tests.Fixtures;
using Oith.Tests.Infrastructure;

namespace Oith.Tests.AppHost.AppModel;

/// <summary>What <c>aspire publish</c> writes, but for the service's image, which takes Docker.</summary>
public sealed class PublishedModelTests
{
    private const string Production = "production";

    [Fact]
    public async Task Publish_Has_The_Service_On_ECS_And_Nothing_That_Runs_On_This_Machine()
    {
        await using var model = await AppModel.PublishAsync("--environment", Production);

        Assert.Equal(["aws", ResourceNames.Matching], model.Resources.Where(resource => resource is not ParameterResource).Select(resource => resource.Name).Order());
#pragma warning disable ASPIREAWSPUBLISHERS001 // Publishing to AWS is a preview.
        Assert.Single(model[ResourceNames.Matching].Annotations.OfType<IAWSPublishTargetAnnotation>());
#pragma warning restore ASPIREAWSPUBLISHERS001
    }

    [Fact]
    public async Task Publish_Leaves_Settings_To_The_Stack_That_Can_Refer_To_Them()
    {
        await using var model = await AppModel.PublishAsync("--environment", Production);

        var environment = await model.EnvironmentOfAsync(ResourceNames.Matching);

        Assert.Empty(environment.Keys.Intersect(MatchingEnvironment.FromStacks.Select(output => output.Variable)));
    }

    [Theory]
    [InlineData(ResourceNames.DataStack)]
    [InlineData(ResourceNames.InfrastructureStack)]
    public void A_Template_Is_Published_As_It_Is(string stack)
    {
        using var published = PublishedStacks.Synthesize(Production);

        var synthesized = published[stack];
        var template = Template.Load(stack);

        Assert.Equal(template.Resources.Select(resource => resource.Key).Order(), Keys(synthesized["Resources"]).Where(key => key != "CDKMetadata").Order());
        Assert.Equal(template.Outputs.Select(output => output.Key).Order(), Keys(synthesized["Outputs"]).Order());
        Assert.All(template.Resources, resource => Assert.Equal(
            resource.Value!["Type"]!.GetValue<string>(), synthesized["Resources"]![resource.Key]!["Type"]!.GetValue<string>()));
    }

    [Fact]
    public void The_Task_Imports_Each_Setting_From_The_Stack_That_Makes_It()
    {
        using var published = PublishedStacks.Synthesize(Production);

        var container = published.Single("AWS::ECS::TaskDefinition")["ContainerDefinitions"]![0]!;
        var environment = container["Environment"]!.AsArray().ToDictionary(setting => setting!["Name"]!.GetValue<string>(), setting => setting!["Value"]!);

        Assert.All(MatchingEnvironment.FromStacks.Concat(MatchingEnvironment.FromStacksInAws), output => Assert.Equal(
            $"oith-production-{output.Stack}-{output.Output}", environment[output.Variable]["Fn::ImportValue"]!.GetValue<string>()));
        Assert.All(MatchingEnvironment.WithAws(Production), setting => Assert.Equal(setting.Value, environment[setting.Key].GetValue<string>()));
        Assert.Equal(MatchingEnvironment.RedisPassword, container["Secrets"]![0]!["Name"]!.GetValue<string>());
    }

    [Fact]
    public void The_Service_Has_Network_Security_Group_And_Role_Of_The_Stacks()
    {
        using var published = PublishedStacks.Synthesize(Production);

        Assert.Equal(
            "oith-production-infrastructure-MatchingRoleArn",
            published.Single("AWS::ECS::TaskDefinition")["TaskRoleArn"]!["Fn::ImportValue"]!.GetValue<string>());
        var network = published.Single("AWS::ECS::Service")["NetworkConfiguration"]!["AwsvpcConfiguration"]!;
        Assert.Equal(
            "oith-production-infrastructure-LambdaSecurityGroupId", network["SecurityGroups"]![0]!["Fn::ImportValue"]!.GetValue<string>());
        Assert.All(
            network["Subnets"]!.AsArray(), subnet => Assert.Equal(StackParameters.PrivateSubnetIds, subnet!["Fn::Select"]![1]!["Ref"]!.GetValue<string>()));
        Assert.Equal("internal", published.Single("AWS::ElasticLoadBalancingV2::LoadBalancer")["Scheme"]!.GetValue<string>());
    }

    [Fact]
    public void The_Load_Balancer_Lets_Through_What_The_HTTP_API_Does()
    {
        using var published = PublishedStacks.Synthesize(Production);

        var byDefault = published.Single("AWS::ElasticLoadBalancingV2::Listener")["DefaultActions"]![0]!;
        Assert.Equal("404", byDefault["FixedResponseConfig"]!["StatusCode"]!.GetValue<string>());
        var rule = published.Single("AWS::ElasticLoadBalancingV2::ListenerRule")["Conditions"]![0]!["PathPatternConfig"]!["Values"]!.AsArray();
        Assert.Equal(["/api/*", "/health", "/alive"], rule.Select(path => path!.GetValue<string>()));
    }

    private static IEnumerable<string> Keys(JsonNode? node) => node!.AsObject().Select(member => member.Key);

    /// <summary>The deployment as the CDK writes it, with an image from a registry in place of the one that Docker would build.</summary>
    private sealed class PublishedStacks : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("oith-cdk");

        public JsonNode this[string stack] => JsonNode.Parse(
            File.ReadAllText(Path.Combine(_folder.FullName, $"{ResourceNames.Stack(Production, stack)}.template.json")))!;

        public static PublishedStacks Synthesize(string environment)
        {
            Assert.SkipWhen(ExternalTool.Find("node") is null, "Node.js, which the CDK runs on, is not installed.");
            var published = new PublishedStacks();
            var app = new App(new AppProps { Outdir = published._folder.FullName });
            var stack = new OithDeployment(app, new StackProps(), environment, RepositoryFiles.InfrastructureFolder, _ => null, serviceZip: null);
            var image = new ApplicationLoadBalancedTaskImageOptions
            {
                Image = ContainerImage.FromRegistry("oith/matching"),
                Environment = new Dictionary<string, string>(),
            };
            PublishedModel.Configure(image, stack, environment);
            var service = new ApplicationLoadBalancedFargateServiceProps
            {
                TaskImageOptions = image,
                Cluster = stack.DefaultCluster,
                SecurityGroups = [stack.DefaultSecurityGroup],
                Cpu = 1024,
                MemoryLimitMiB = 2048,
            };
            PublishedModel.Configure(service);
            PublishedModel.Restrict(new ApplicationLoadBalancedFargateService(stack, "Project-matching", service), stack);
            app.Synth();
            return published;
        }

        /// <summary>The properties of the one resource of a type in the service's stack.</summary>
        public JsonNode Single(string type) => this["service"]["Resources"]!.AsObject()
            .Single(resource => resource.Value!["Type"]!.GetValue<string>() == type).Value!["Properties"]!;

        public void Dispose() => _folder.Delete(recursive: true);
    }
}
