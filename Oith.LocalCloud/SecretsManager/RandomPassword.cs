using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Oith.LocalCloud.Wire;

namespace Oith.LocalCloud.SecretsManager;

/// <summary>Makes the passwords of GetRandomPassword.</summary>
internal static class RandomPassword
{
    private const int DefaultLength = 32;

    // Each class of characters with the member that leaves it out.
    private static readonly (string Member, string Characters)[] s_classes =
    [
        ("ExcludeLowercase", "abcdefghijklmnopqrstuvwxyz"),
        ("ExcludeUppercase", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        ("ExcludeNumbers", "0123456789"),
        ("ExcludePunctuation", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
    ];

    /// <exception cref="AwsServiceException">InvalidParameterException: nothing is left to choose from, or too short for one of each.</exception>
    public static string Create(JsonObject input)
    {
        var length = input.Integer("PasswordLength") ?? DefaultLength;
        var excluded = input.Text("ExcludeCharacters") ?? "";
        var classes = s_classes
            .Where(characters => input.Flag(characters.Member) != true)
            .Select(characters => string.Concat(characters.Characters.Where(character => !excluded.Contains(character))))
            .Where(characters => characters.Length > 0)
            .ToList();
        if (input.Flag("IncludeSpace") == true)
        {
            classes.Add(" ");
        }

        var hasEach = input.Flag("RequireEachIncludedType") != false;
        if (classes.Count == 0 || length < 1 || (hasEach && length < classes.Count))
        {
            throw new AwsServiceException("InvalidParameterException", "The password length or the excluded characters leave no password to make.");
        }

        var characters = hasEach ? classes.Select(choices => RandomNumberGenerator.GetString(choices, 1)[0]).ToList() : [];
        characters.AddRange(RandomNumberGenerator.GetString(string.Concat(classes), length - characters.Count));
        var password = characters.ToArray();
        RandomNumberGenerator.Shuffle(password.AsSpan());
        return new string(password);
    }
}
