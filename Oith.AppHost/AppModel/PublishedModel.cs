using Amazon.CDK.AWS.ECS.Patterns;
using Amazon.CDK.AWS.ElasticLoadBalancingV2;
using Amazon.CDK.AWS.IAM;
using Aspire.Hosting.AWS.Deployment;
using EcsSecret = Amazon.CDK.AWS.ECS.Secret;
using HealthCheck = Amazon.CDK.AWS.ElasticLoadBalancingV2.HealthCheck;
using Secret = Amazon.CDK.AWS.SecretsManager.Secret;

namespace Oith.AppHost.AppModel;

/// <summary>
/// OITH for AWS, written by <c>aspire publish</c> and deployed by <c>aspire deploy</c>: the service on ECS Fargate behind a load balancer, in
/// <see cref="OithDeployment"/>. Its settings are those of <see cref="MatchingEnvironment"/>, each imported from the stack that makes it.
/// </summary>
internal static class PublishedModel
{
    // What the HTTP API of the matching stack lets through as well; everything else, /events first of all, is not there.
    private static readonly string[] s_publicPaths = ["/api/*", "/health", "/alive"];

    public static void AddOithPublished(this IDistributedApplicationBuilder builder, AppModelSettings settings)
    {
        // The deployment calls `cdk deploy` without naming a stack, which the CDK takes for a mistake when there are several.
        Environment.SetEnvironmentVariable("CDK_ALL", "true");

#pragma warning disable ASPIREAWSPUBLISHERS001 // Publishing to AWS is a preview.
        builder.AddAWSCDKEnvironment(
            "aws",
            CDKDefaultsProviderFactory.Preview_V1,
            (app, props) => new OithDeployment(
                app, props, settings.Environment, settings.InfrastructureDirectory, settings.Parameter, ServiceZip(builder, settings)),
            new AWSCDKEnvironmentResourceConfig { AWSSDKConfig = builder.AddConfiguredAws() });

        builder.AddMatching(settings).PublishAsECSFargateServiceWithALB(new PublishECSFargateServiceWithALBConfig
        {
            PropsApplicationLoadBalancedTaskImageOptionsCallback = (context, options) =>
                Configure(options, context.GetDeploymentStack<OithDeployment>(), settings.Environment),
            PropsApplicationLoadBalancedFargateServiceCallback = (_, service) => Configure(service),
            ConstructApplicationLoadBalancedFargateServiceCallback = (context, service) =>
                Restrict(service, context.GetDeploymentStack<OithDeployment>()),
        });
#pragma warning restore ASPIREAWSPUBLISHERS001
    }

    private static string? ServiceZip(IDistributedApplicationBuilder builder, AppModelSettings settings)
    {
        if (settings.Options.ServiceZip is not { } path)
        {
            return null;
        }

        var zip = Path.GetFullPath(Path.Combine(builder.AppHostDirectory, path));
        return File.Exists(zip)
            ? zip
            : throw new DistributedApplicationException($"{AppModelOptions.Section}:{nameof(AppModelOptions.ServiceZip)} names {zip}, which is not there.");
    }

    internal static void Configure(ApplicationLoadBalancedTaskImageOptions options, OithDeployment stack, string environment)
    {
        foreach (var (variable, value) in MatchingEnvironment.WithAws(environment))
        {
            options.Environment![variable] = value;
        }

        foreach (var (variable, from, output) in MatchingEnvironment.FromStacks.Concat(MatchingEnvironment.FromStacksInAws))
        {
            options.Environment![variable] = stack.Import(from, output);
        }

        var (_, secretStack, secretOutput) = MatchingEnvironment.RedisSecret;
        var secret = Secret.FromSecretCompleteArn(stack, "RedisSecret", stack.Import(secretStack, secretOutput));
        options.Secrets = new Dictionary<string, EcsSecret> { [MatchingEnvironment.RedisPassword] = EcsSecret.FromSecretsManager(secret, "password") };
        options.TaskRole = Role.FromRoleArn(
            stack, "ServiceRole", stack.Import(ResourceNames.InfrastructureStack, "MatchingRoleArn"), new FromRoleArnOptions { Mutable = false });
    }

    internal static void Configure(ApplicationLoadBalancedFargateServiceProps service)
    {
        // The templates know private subnets only; what faces the internet is put in front of it, and let in by name.
        service.PublicLoadBalancer = false;
        service.OpenListener = false;
    }

    internal static void Restrict(ApplicationLoadBalancedFargateService service, OithDeployment stack)
    {
        // Not /health: Redis out of reach for a minute must not end every task.
        service.TargetGroup.ConfigureHealthCheck(new HealthCheck { Path = Oith.ServiceDefaults.Extensions.AlivePath });
        var listener = (CfnListener)service.Listener.Node.DefaultChild!;
        listener.DefaultActions = new[]
        {
            new CfnListener.ActionProperty
            {
                Type = "fixed-response",
                FixedResponseConfig = new CfnListener.FixedResponseConfigProperty { StatusCode = "404" },
            },
        };
        var rule = new ApplicationListenerRule(stack, "PublicPaths", new ApplicationListenerRuleProps
        {
            Listener = service.Listener,
            Priority = 1,
            Conditions = [ListenerCondition.PathPatterns(s_publicPaths)],
            Action = ListenerAction.Forward([service.TargetGroup]),
        });
        // ECS takes no target group that no rule leads to.
        service.Service.Node.AddDependency(rule);
    }
}
