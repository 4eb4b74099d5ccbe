namespace Oith.LocalCloud.StepFunctions.Asl;

/// <summary>A payload template: JSON in which members named <c>x.$</c> hold expressions. Parts without one are shared as they are.</summary>
internal abstract class PayloadTemplate
{
    public virtual IEnumerable<string> Variables => [];

    /// <exception cref="StateRuntimeException">An expression names nothing or a function refused its arguments.</exception>
    public abstract AslValue Evaluate(in Evaluation evaluation);

    /// <param name="onInvalid">Told the path of an object and the name of a member whose value is no expression.</param>
    public static PayloadTemplate Parse(AslValue value, string path, Action<string, string> onInvalid)
    {
        switch (value.Kind)
        {
            case AslKind.Object:
                var members = new List<KeyValuePair<string, PayloadTemplate>>(value.Count);
                foreach (var (name, member) in value.Members)
                {
                    if (!name.EndsWith(".$", StringComparison.Ordinal))
                    {
                        members.Add(KeyValuePair.Create(name, Parse(member, $"{path}/{name}", onInvalid)));
                    }
                    else if (member.IsString && AslExpression.TryParse(member.Text) is { } expression)
                    {
                        members.Add(KeyValuePair.Create(name[..^2], (PayloadTemplate)new ExpressionTemplate(name, expression)));
                    }
                    else
                    {
                        onInvalid(path, name);
                    }
                }

                return members.TrueForAll(member => member.Value is ConstantTemplate) && !value.Members.ToArray().Any(m => m.Key.EndsWith(".$", StringComparison.Ordinal))
                    ? new ConstantTemplate(value)
                    : new ObjectTemplate([.. members]);
            case AslKind.Array:
                var items = value.Items.ToArray().Select((item, index) => Parse(item, $"{path}[{index}]", onInvalid)).ToArray();
                return Array.TrueForAll(items, item => item is ConstantTemplate) ? new ConstantTemplate(value) : new ArrayTemplate(items);
            default:
                return new ConstantTemplate(value);
        }
    }

    private sealed class ConstantTemplate(AslValue value) : PayloadTemplate
    {
        public override AslValue Evaluate(in Evaluation evaluation) => value;
    }

    private sealed class ObjectTemplate(KeyValuePair<string, PayloadTemplate>[] members) : PayloadTemplate
    {
        public override IEnumerable<string> Variables => members.SelectMany(member => member.Value.Variables);

        public override AslValue Evaluate(in Evaluation evaluation)
        {
            var values = new KeyValuePair<string, AslValue>[members.Length];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = KeyValuePair.Create(members[i].Key, members[i].Value.Evaluate(evaluation));
            }

            return AslValue.Object(values);
        }
    }

    private sealed class ArrayTemplate(PayloadTemplate[] items) : PayloadTemplate
    {
        public override IEnumerable<string> Variables => items.SelectMany(item => item.Variables);

        public override AslValue Evaluate(in Evaluation evaluation)
        {
            var values = new AslValue[items.Length];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = items[i].Evaluate(evaluation);
            }

            return AslValue.Array(values);
        }
    }

    private sealed class ExpressionTemplate(string field, AslExpression expression) : PayloadTemplate
    {
        public override IEnumerable<string> Variables => expression.Variables;

        public override AslValue Evaluate(in Evaluation evaluation)
        {
            if (evaluation.Input.IsNull && expression is PathExpression { Root: PathRoot.Input })
            {
                throw new StateRuntimeException("Unable to apply Path transformation to null or empty input.");
            }

            try
            {
                return expression.Evaluate(evaluation);
            }
            catch (PathNotFoundException error) when (error.IsPastEnd)
            {
                // AWS forgives this one kind of missing data, and only here.
                return AslValue.Null;
            }
            catch (PathNotFoundException)
            {
                throw new StateRuntimeException(
                    $"The JSONPath '{expression.Text}' specified for the field '{field}' could not be found in the input '{evaluation.Input.ToJson()}'");
            }
        }
    }
}
