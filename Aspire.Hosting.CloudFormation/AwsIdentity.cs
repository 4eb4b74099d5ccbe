namespace Aspire.Hosting.ApplicationModel;

/// <summary>Who deploys, and where to.</summary>
/// <param name="Account">Twelve digits.</param>
/// <param name="Arn">The user or role: <c>arn:aws:iam::123456789012:user/ada</c>.</param>
/// <param name="EndpointUrl">The emulator's address; null in AWS.</param>
public sealed record AwsIdentity(string Account, string Arn, string Region, Uri? EndpointUrl)
{
    /// <summary><c>account 123456789012 in eu-central-1</c>, followed by the endpoint of an emulator.</summary>
    public string Target => $"account {Account} in {Region}" + (EndpointUrl is null ? "" : $" at {EndpointUrl.AbsoluteUri.TrimEnd('/')}");
}

/// <summary>A VPC.</summary>
/// <param name="Name">Its tag <c>Name</c>, or null.</param>
/// <param name="Subnets">Its subnets, by availability zone.</param>
public sealed record AwsNetwork(string VpcId, bool IsDefault, string? Name, IReadOnlyList<AwsSubnet> Subnets);

/// <summary>A subnet.</summary>
/// <param name="IsPublic">True where instances get a public address.</param>
/// <param name="Name">Its tag <c>Name</c>, or null.</param>
public sealed record AwsSubnet(string Id, string AvailabilityZone, bool IsPublic, string? Name);
