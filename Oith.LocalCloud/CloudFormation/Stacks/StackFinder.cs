using Oith.LocalCloud.CloudFormation.Templates;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.CloudFormation.Stacks;

/// <summary>Finds stacks for operations, each of which AWS answers with words of its own when there is none.</summary>
internal static class StackFinder
{
    /// <exception cref="AwsServiceException">ValidationError: "Stack with id … does not exist".</exception>
    public static Stack Require(this StackStore store, string nameOrId) =>
        store.Find(nameOrId) ?? throw TemplateErrors.Validation($"Stack with id {nameOrId} does not exist");

    /// <exception cref="AwsServiceException">ValidationError: "Stack [name] does not exist".</exception>
    public static Stack RequireBracketed(this StackStore store, string nameOrId) =>
        store.Find(nameOrId) ?? throw TemplateErrors.Validation($"Stack [{nameOrId}] does not exist");

    /// <summary>A stack that is not only planned by a change set.</summary>
    public static Stack RequireQuoted(this StackStore store, string nameOrId) =>
        store.Find(nameOrId) is { } stack && stack.Status != StackStatus.ReviewInProgress
            ? stack
            : throw TemplateErrors.Validation($"Stack '{nameOrId}' does not exist");
}
