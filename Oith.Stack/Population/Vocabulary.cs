namespace Oith.Stack.Population;

/// <summary>The words that synthetic people describe themselves with. Shared arrays: a person costs little more than an e-mail.</summary>
internal static class Vocabulary
{
    public static readonly string[] Interests =
    [
        "art", "baking", "board games", "camping", "climbing", "cooking", "cycling", "dancing", "dogs", "films", "fishing", "gaming",
        "gardening", "hiking", "history", "live music", "museums", "painting", "photography", "reading", "running", "sailing", "skiing",
        "theatre", "travel", "volunteering", "wine", "yoga",
    ];

    public static readonly string[] Drinking = ["never", "rarely", "socially", "regularly"];

    public static readonly string[] Smoking = ["never", "never", "never", "occasionally", "regularly"];

    public static readonly string[] Exercise = ["never", "sometimes", "often", "daily"];

    public static readonly string[] Children = ["none", "none", "want", "have", "have and want more"];

    public static readonly string[] Religions =
        ["agnostic", "atheist", "buddhist", "catholic", "hindu", "jewish", "muslim", "protestant", "spiritual"];

    public static readonly string[] LookingFor = ["relationship", "relationship", "marriage", "dating", "friendship", "not sure yet"];

    public static readonly string[][] AcceptedSmoking = [["never"], ["never"], ["never", "occasionally"], ["occasionally", "regularly"]];

    public static readonly string[][] AcceptedDrinking = [["never"], ["never", "rarely"], ["rarely", "socially"], ["socially", "regularly"]];

    public static readonly string[] MenNames =
    [
        "Aaron", "Adam", "Alex", "Andre", "Ben", "Brian", "Carlos", "Charlie", "Daniel", "David", "Diego", "Eli", "Ethan", "Felix", "George",
        "Hassan", "Henry", "Isaac", "Jack", "Jamal", "James", "Javier", "Jin", "Jonas", "Kevin", "Leo", "Liam", "Luca", "Marcus", "Mateo",
        "Max", "Nathan", "Noah", "Omar", "Oscar", "Rafael", "Ravi", "Sam", "Tomas", "Victor",
    ];

    public static readonly string[] WomenNames =
    [
        "Aisha", "Alice", "Amara", "Ana", "Anna", "Bella", "Camila", "Chloe", "Clara", "Dana", "Diana", "Elena", "Ella", "Emma", "Eva",
        "Fatima", "Grace", "Hana", "Hannah", "Ines", "Iris", "Jasmine", "Julia", "Kate", "Laura", "Leila", "Lily", "Lucia", "Maria", "Maya",
        "Mei", "Mia", "Naomi", "Nina", "Olivia", "Priya", "Rosa", "Sofia", "Yara", "Zoe",
    ];

    public static readonly string[] Bios =
    [
        "Ask me about the best taco truck in town.", "Coffee first, plans later.", "Looking for someone to get lost with.",
        "Weekends are for trails and long breakfasts.", "I cook, you choose the music.", "New in the city and curious.",
        "Two left feet, still dancing.", "Happiest near water.", "Teacher by day, terrible guitarist by night.", "My dog will judge you, kindly.",
        "I read the last page first.", "Trying every dumpling place, one by one.",
    ];

    public static readonly string[][] Photos =
        [.. Enumerable.Range(1, 40).Select(number => new[] { string.Create(System.Globalization.CultureInfo.InvariantCulture, $"photos/portrait-{number:D2}.jpg") })];
}
