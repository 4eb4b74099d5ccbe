using Oith.LocalCloud.CloudFormation.Provisioners;
using Oith.LocalCloud.CloudFormation.Stacks;
using Oith.LocalCloud.CloudFormation.Templates;

namespace Oith.LocalCloud.CloudFormation;

internal static class CloudFormationServices
{
    /// <summary>CloudFormation with a provisioner for each service.</summary>
    public static IServiceCollection AddCloudFormation(this IServiceCollection services)
    {
        services.AddSingleton<StackStore>();
        services.AddSingleton<StackOperations>();
        services.AddSingleton<StackRequests>();
        services.AddSingleton<StackApi>();
        services.AddSingleton<StackQueries>();
        services.AddSingleton<StackSettings>();
        services.AddSingleton<ChangeSetApi>();
        services.AddSingleton<ParameterValues>();
        services.AddSingleton<TemplateSource>();
        services.AddSingleton<TemplateApi>();
        services.AddSingleton<ProvisionerTable>();
        services.AddSingleton<IProvisioner, CloudWatchProvisioner>();
        services.AddSingleton<IProvisioner, DAXProvisioner>();
        services.AddSingleton<IProvisioner, DynamoDBProvisioner>();
        services.AddSingleton<IProvisioner, EC2Provisioner>();
        services.AddSingleton<IProvisioner, ElastiCacheProvisioner>();
        services.AddSingleton<IProvisioner, EventsProvisioner>();
        services.AddSingleton<IProvisioner, IAMProvisioner>();
        services.AddSingleton<IProvisioner, KMSProvisioner>();
        services.AddSingleton<IProvisioner, LambdaProvisioner>();
        services.AddSingleton<IProvisioner, LogsProvisioner>();
        services.AddSingleton<IProvisioner, PipesProvisioner>();
        services.AddSingleton<IProvisioner, RecordedProvisioner>();
        services.AddSingleton<IProvisioner, S3Provisioner>();
        services.AddSingleton<IProvisioner, SchedulerProvisioner>();
        services.AddSingleton<IProvisioner, SecretsManagerProvisioner>();
        services.AddSingleton<IProvisioner, SNSProvisioner>();
        services.AddSingleton<IProvisioner, SQSProvisioner>();
        services.AddSingleton<IProvisioner, SSMProvisioner>();
        services.AddSingleton<IProvisioner, StepFunctionsProvisioner>();
        return services.AddAwsService<CloudFormationService>();
    }
}
