using System.Reflection;
using System.Reflection.Emit;

namespace Oith.Tests.Architecture;

/// <summary>
/// Reads which types the types of an assembly use: in signatures, fields, attributes and the IL of their methods. A constant leaves no
/// trace, because the compiler copies its value.
/// </summary>
internal static class TypeDependencies
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> s_opCodes = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    /// <summary>Returns each use of one type by another in <paramref name="assembly"/>, once.</summary>
    public static IReadOnlySet<TypeUse> Of(Assembly assembly)
    {
        var uses = new HashSet<TypeUse>();
        foreach (var type in assembly.GetTypes())
        {
            var user = Outermost(type);
            foreach (var used in UsedBy(type).SelectMany(Parts).Select(Outermost).Where(used => used != user))
            {
                uses.Add(new TypeUse(user, used));
            }
        }

        return uses;
    }

    private static IEnumerable<Type> UsedBy(Type type) =>
    [
        .. type.BaseType is { } parent ? [parent] : Type.EmptyTypes,
        .. type.GetInterfaces(),
        .. type.GetFields(Declared).Select(field => field.FieldType),
        .. Attributes(type),
        .. type.GetMembers(Declared).SelectMany(Attributes),
        .. type.GetMethods(Declared).Select(method => method.ReturnType),
        .. type.GetMethods(Declared).Concat<MethodBase>(type.GetConstructors(Declared)).SelectMany(UsedBy),
    ];

    private static IEnumerable<Type> Attributes(MemberInfo member)
    {
        foreach (var attribute in member.GetCustomAttributesData())
        {
            if (attribute.AttributeType.Namespace != "System.Runtime.CompilerServices")
            {
                yield return attribute.AttributeType;
            }

            foreach (var argument in attribute.ConstructorArguments)
            {
                if (argument.Value is Type named)
                {
                    yield return named;
                }
            }
        }
    }

    private static IEnumerable<Type> UsedBy(MethodBase method)
    {
        foreach (var parameter in method.GetParameters())
        {
            yield return parameter.ParameterType;
        }

        if (method.GetMethodBody() is not { } body)
        {
            yield break;
        }

        foreach (var local in body.LocalVariables)
        {
            yield return local.LocalType;
        }

        foreach (var member in MembersIn(body.GetILAsByteArray()!, method))
        {
            if ((member as Type ?? member.DeclaringType) is { } used)
            {
                yield return used;
            }

            if (member is MethodInfo called)
            {
                yield return called.ReturnType;
                foreach (var argument in called.IsGenericMethod ? called.GetGenericArguments() : [])
                {
                    yield return argument;
                }
            }
        }
    }

    private static IEnumerable<MemberInfo> MembersIn(byte[] il, MethodBase method)
    {
        var ofType = method.DeclaringType is { IsGenericType: true } declaring ? declaring.GetGenericArguments() : null;
        var ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at < il.Length;)
        {
            var code = il[at] == 0xFE ? s_opCodes[(short)(0xFE00 | il[at + 1])] : s_opCodes[il[at]];
            at += code.Size;
            if (code.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
            {
                yield return method.Module.ResolveMember(BitConverter.ToInt32(il, at), ofType, ofMethod)!;
            }

            at += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(il, at),
                _ => 4,
            };
        }
    }

    // Task<List<Profile>[]> is made of Task, List and Profile.
    private static IEnumerable<Type> Parts(Type type)
    {
        if (type.HasElementType)
        {
            return Parts(type.GetElementType()!);
        }

        return type.IsGenericParameter || type.IsFunctionPointer ? []
            : type.IsGenericType ? [type.GetGenericTypeDefinition(), .. type.GetGenericArguments().SelectMany(Parts)]
            : [type];
    }

    // The state machine of an async method, or a closure, belongs to the type that it was written in.
    private static Type Outermost(Type type)
    {
        while (type.DeclaringType is { } outer)
        {
            type = outer;
        }

        return type;
    }
}

/// <summary>One type uses another; both are outermost types.</summary>
internal readonly record struct TypeUse(Type User, Type Used)
{
    public override string ToString() => $"{User.FullName} uses {Used.FullName}";
}
