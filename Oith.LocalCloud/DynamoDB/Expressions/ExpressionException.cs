namespace Oith.LocalCloud.DynamoDB.Expressions;

/// <summary>An expression is wrong; the operation puts the parameter's name before the message.</summary>
internal sealed class ExpressionException(string message) : Exception(message);
