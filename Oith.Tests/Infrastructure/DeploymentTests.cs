namespace Oith.Tests.Infrastructure;

public sealed class DeploymentTests;
