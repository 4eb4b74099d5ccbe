namespace Oith.LocalCloud.CloudFormation.Provisioners;

/// <summary>A resource could not be created, changed or deleted; the message becomes the event's reason.</summary>
internal sealed class ProvisioningException(string message, string handlerErrorCode = "GeneralServiceException") : Exception(message)
{
    /// <summary>CloudFormation's class of the failure: <c>AlreadyExists</c>, <c>NotFound</c>, <c>InvalidRequest</c>.</summary>
    public string HandlerErrorCode { get; } = handlerErrorCode;
}
