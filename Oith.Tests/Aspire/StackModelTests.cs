using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.CloudFormation;
using Microsoft.Extensions.DependencyInjection;

namespace Oith.Tests.Aspire;

/// <summary>What the app model says of stacks and of the projects that reference them, without anything started.</summary>
public sealed class StackModelTests
{
    private readonly IDistributedApplicationBuilder _builder =
        DistributedApplication.CreateBuilder(new DistributedApplicationOptions { DisableDashboard = true, Args = [] });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Stack_Has_Its_Own_Name_And_A_Path_From_The_App_Host()
    {
        var stack = _builder.AddCloudFormationStack("data", "templates/data.yaml", "shop-development-data").Resource;

        Assert.Equal(("data", "shop-development-data"), (stack.Name, stack.StackName));
        Assert.Equal(Path.Combine(_builder.AppHostDirectory, "templates", "data.yaml"), stack.TemplatePath);
        Assert.Equal("other", _builder.AddCloudFormationStack("other", "o.yaml").Resource.StackName);
    }

    [Fact]
    public void Stack_In_An_Emulator_Waits_For_It_And_Is_Shown_Under_It()
    {
        var emulator = _builder.AddResource(new EmulatorResource("emulator"));

        var stack = _builder.AddCloudFormationStack("data", "data.yaml").WithReference(emulator).Resource;

        Assert.Same(emulator.Resource, stack.Endpoint);
        var wait = Assert.Single(stack.Annotations.OfType<WaitAnnotation>());
        Assert.Equal((emulator.Resource, (WaitBehavior?)WaitBehavior.StopOnResourceUnavailable), (wait.Resource, wait.WaitBehavior));
        Assert.Contains(stack.Annotations.OfType<ResourceRelationshipAnnotation>(), r => r.Type == "Parent" && r.Resource == emulator.Resource);
    }

    [Fact]
    public void Second_Endpoint_Of_A_Stack_Is_Refused()
    {
        var stack = _builder.AddCloudFormationStack("data", "data.yaml").WithReference(new Uri("http://localhost:4566"));

        Assert.Throws<DistributedApplicationException>(() => stack.WithReference(new Uri("http://localhost:4567")));
        Assert.Throws<ArgumentException>(() => _builder.AddCloudFormationStack("x", "x.yaml").WithReference(new Uri("/relative", UriKind.Relative)));
    }

    [Fact]
    public async Task Project_Inherits_Outputs_Endpoint_Region_Credentials_And_The_Wait()
    {
        var emulator = _builder.AddResource(new EmulatorResource("emulator") { Url = "http://localhost:1234" });
        var stack = _builder.AddCloudFormationStack("data", "data.yaml").WithReference(emulator);
        var project = _builder.AddExecutable("worker", "worker", ".").WithReference(stack).WithReference(stack, "Shop");
        stack.Resource.Outputs.Complete(new Dictionary<string, string> { ["QueueUrl"] = "http://localhost:1234/queue" });

        var variables = await VariablesAsync(project.Resource);

        Assert.Equal("http://localhost:1234/queue", variables["AWS__Resources__QueueUrl"]);
        Assert.Equal("http://localhost:1234/queue", variables["Shop__QueueUrl"]);
        Assert.Equal("http://localhost:1234", variables["AWS_ENDPOINT_URL"]);
        Assert.Equal(("eu-west-1", "eu-west-1"), (variables["AWS_REGION"], variables["AWS_DEFAULT_REGION"]));
        Assert.Equal(("key", "secret"), (variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"]));
        Assert.All(
            project.Resource.Annotations.OfType<WaitAnnotation>(),
            wait => Assert.Equal((stack.Resource, (WaitBehavior?)WaitBehavior.StopOnResourceUnavailable), (wait.Resource, wait.WaitBehavior)));
    }

    [Fact]
    public async Task Project_That_References_An_Emulator_Gets_Endpoint_Region_And_Credentials_Only()
    {
        var emulator = _builder.AddResource(new EmulatorResource("emulator"));
        var project = _builder.AddExecutable("worker", "worker", ".").WithReference(emulator);

        var variables = await VariablesAsync(project.Resource);

        Assert.Equal(
            ["AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_SECRET_ACCESS_KEY"],
            variables.Keys.Where(name => name.StartsWith("AWS", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Same(emulator.Resource, Assert.Single(project.Resource.Annotations.OfType<WaitAnnotation>()).Resource);
    }

    [Fact]
    public async Task Project_Gets_Profile_And_Region_Of_A_Stack_In_Aws_And_No_Endpoint()
    {
        var stack = _builder.AddCloudFormationStack("data", "data.yaml").WithAwsProfile("staging", "eu-central-1");
        var project = _builder.AddExecutable("worker", "worker", ".").WithReference(stack);
        stack.Resource.Outputs.Complete(new Dictionary<string, string>());

        var variables = await VariablesAsync(project.Resource);

        Assert.Equal(("staging", "eu-central-1"), (variables["AWS_PROFILE"], variables["AWS_REGION"]));
        Assert.DoesNotContain("AWS_ENDPOINT_URL", variables.Keys);
    }

    [Fact]
    public void Plain_Wait_For_A_Stack_Ends_With_Its_Failure_And_A_Named_Behavior_Stays()
    {
        var stack = _builder.AddCloudFormationStack("data", "data.yaml");
        var other = _builder.AddExecutable("other", "other", ".");
        var plain = _builder.AddExecutable("plain", "worker", ".").WaitFor(stack).WaitFor(other);
        var patient = _builder.AddExecutable("patient", "worker", ".").WaitFor(stack, WaitBehavior.WaitOnResourceUnavailable);

        StackWaits.EndWithFailure(new DistributedApplicationModel(_builder.Resources));

        Assert.Equal(
            [(other.Resource, null), (stack.Resource, WaitBehavior.StopOnResourceUnavailable)],
            plain.Resource.Annotations.OfType<WaitAnnotation>().Select(wait => ((IResource)wait.Resource, wait.WaitBehavior)).OrderBy(wait => wait.WaitBehavior.HasValue));
        Assert.Equal(WaitBehavior.WaitOnResourceUnavailable, Assert.Single(patient.Resource.Annotations.OfType<WaitAnnotation>()).WaitBehavior);
    }

    [Fact]
    public void Parameter_From_Another_Stack_Waits_For_That_Stack()
    {
        var data = _builder.AddCloudFormationStack("data", "data.yaml");

        var service = _builder.AddCloudFormationStack("service", "service.yaml").WithParameter("Queue", data.GetOutput("QueueUrl"));

        Assert.Same(data.Resource, Assert.Single(service.Resource.Annotations.OfType<WaitAnnotation>()).Resource);
        Assert.Equal("{data.outputs.QueueUrl}", data.GetOutput("QueueUrl").ValueExpression);
        Assert.Equal([data.Resource], ((IValueWithReferences)data.GetOutput("QueueUrl")).References);
    }

    [Fact]
    public async Task Parameters_Are_Resolved_From_All_Kinds_Of_Values_And_Empty_Ones_Left_Out()
    {
        var template = Path.GetTempFileName();
        try
        {
            var data = _builder.AddCloudFormationStack("data", "data.yaml");
            data.Resource.Outputs.Complete(new Dictionary<string, string> { ["QueueUrl"] = "url" });
            var stack = _builder.AddCloudFormationStack("service", template)
                .WithParameter("Text", "text")
                .WithParameter("Empty", "")
                .WithParameter("Secret", _builder.AddParameter("secret", "s3cret", secret: true))
                .WithParameter("Output", data.GetOutput("QueueUrl"))
                .WithParameter("Composed", ReferenceExpression.Create($"{data.GetOutput("QueueUrl")}/more"))
                .WithParameter("Callback", async cancellationToken => (await data.GetOutput("QueueUrl").GetValueAsync(cancellationToken))!.ToUpperInvariant())
                .WithParameter("Null", _ => Task.FromResult<string?>(null));

            var deployment = await StackDeploymentFactory.CreateAsync(stack.Resource, mayDelete: true, keepsParameters: false, Token);

            Assert.Equal(
                new Dictionary<string, string> { ["Text"] = "text", ["Secret"] = "s3cret", ["Output"] = "url", ["Composed"] = "url/more", ["Callback"] = "URL" },
                deployment.Parameters);
        }
        finally
        {
            File.Delete(template);
        }
    }

    [Fact]
    public async Task Output_Waits_For_The_Deployment_And_A_Missing_One_Is_Named_With_Those_That_Exist()
    {
        var stack = _builder.AddCloudFormationStack("data", "data.yaml");
        var read = stack.GetOutput("B").GetValueAsync(Token).AsTask();
        Assert.False(read.IsCompleted);

        stack.Resource.Outputs.Complete(new Dictionary<string, string> { ["B"] = "b", ["A"] = "a" });

        Assert.Equal("b", await read);
        var error = await Assert.ThrowsAsync<DistributedApplicationException>(() => stack.GetOutput("C").GetValueAsync(Token).AsTask());
        Assert.Equal("Stack data has no output C. It has: A, B.", error.Message);
    }

    [Fact]
    public async Task Output_Of_A_Stack_That_Is_Deployed_Again_Waits_For_The_New_Value()
    {
        var stack = _builder.AddCloudFormationStack("data", "data.yaml");
        stack.Resource.Outputs.Complete(new Dictionary<string, string> { ["Url"] = "old" });

        stack.Resource.Outputs.Begin();
        var read = stack.GetOutput("Url").GetValueAsync(Token).AsTask();
        Assert.False(read.IsCompleted);
        stack.Resource.Outputs.Complete(new Dictionary<string, string> { ["Url"] = "new" });

        Assert.Equal("new", await read);
    }

    [Fact]
    public async Task Publishing_Writes_Neither_Endpoint_Nor_Credentials()
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
        {
            DisableDashboard = true,
            Args = ["--operation", "publish", "--step", "publish", "--output-path", Path.GetTempPath()],
        });
        var emulator = builder.AddResource(new EmulatorResource("emulator"));
        var project = builder.AddExecutable("worker", "worker", ".")
            .WithReference(builder.AddCloudFormationStack("data", "data.yaml").WithReference(emulator))
            .WithReference(emulator);

        var variables = await VariablesAsync(project.Resource, new DistributedApplicationExecutionContext(DistributedApplicationOperation.Publish));

        Assert.DoesNotContain(variables.Keys, name => name.StartsWith("AWS", StringComparison.Ordinal));
    }

    private static async Task<Dictionary<string, string>> VariablesAsync(ExecutableResource resource, DistributedApplicationExecutionContext? execution = null)
    {
        var context = new EnvironmentCallbackContext(
            execution ?? new DistributedApplicationExecutionContext(DistributedApplicationOperation.Run), resource, [], Token);
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await annotation.Callback(context);
        }

        var variables = new Dictionary<string, string>();
        foreach (var (name, value) in context.EnvironmentVariables)
        {
            variables[name] = value is IValueProvider provider ? (await provider.GetValueAsync(Token))! : value.ToString()!;
        }

        return variables;
    }
}
