using System.Text;
using CsCheck;
using Oith.LocalCloud.DynamoDB.Storage;
using Oith.LocalCloud.DynamoDB.Values;

namespace Oith.Tests.LocalCloud.DynamoDB;

public sealed class ItemTreeTests
{
    private static readonly Item s_item = new([(byte)AttributeType.M, 0, 0, 0, 0, 0, 0, 0, 0]);

    [Fact]
    public void Tree_Equals_A_Sorted_Set_After_Any_Changes() =>
        Gen.Select(Gen.Int[1, 3000], Gen.Select(Gen.Int[0, 3000], Gen.Bool).Array[0, 6000]).Sample(
            sample =>
            {
                var (range, changes) = sample;
                var tree = new ItemTree();
                var model = new SortedSet<string>(StringComparer.Ordinal);
                foreach (var (number, isAdded) in changes)
                {
                    var key = $"{number % range:D5}";
                    var replaced = isAdded ? tree.Set(Encoding.ASCII.GetBytes(key), s_item) : tree.Remove(Encoding.ASCII.GetBytes(key));
                    Assert.Equal(isAdded ? !model.Add(key) : model.Remove(key), replaced is not null);
                }

                // Everything is taken out in the end, so that emptied nodes are met as well.
                Check(tree, model);
                foreach (var key in model.ToList())
                {
                    Assert.NotNull(tree.Remove(Encoding.ASCII.GetBytes(key)));
                    model.Remove(key);
                }

                Check(tree, model);
            },
            iter: 60,
            threads: 1);

    private static void Check(ItemTree tree, SortedSet<string> model)
    {
        Assert.Equal(model.Count, tree.Count);
        Assert.Equal(model, Keys(tree.Range(null, null)));
        Assert.Equal(model.Reverse(), Keys(tree.Range(null, null, forward: false)));
        var (lower, upper) = ("00100", "02000");
        var between = model.Where(key => string.CompareOrdinal(key, lower) >= 0 && string.CompareOrdinal(key, upper) < 0).ToList();
        Assert.Equal(between, Keys(tree.Range(Encoding.ASCII.GetBytes(lower), Encoding.ASCII.GetBytes(upper))));
        Assert.Equal(Enumerable.Reverse(between), Keys(tree.Range(Encoding.ASCII.GetBytes(lower), Encoding.ASCII.GetBytes(upper), forward: false)));
    }

    private static List<string> Keys(ItemTree.Cursor cursor)
    {
        var keys = new List<string>();
        while (cursor.MoveNext())
        {
            keys.Add(Encoding.ASCII.GetString(cursor.Key));
        }

        return keys;
    }
}
