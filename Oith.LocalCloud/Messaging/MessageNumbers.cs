namespace Oith.LocalCloud.Messaging;

/// <summary>Hands out message numbers: always growing, over restarts as well.</summary>
internal sealed class MessageNumbers
{
    private long _last;

    public long Next(long now)
    {
        // The time leads, so that numbers after a restart are larger than all before; the +1 keeps order within a tick.
        while (true)
        {
            var last = Volatile.Read(ref _last);
            var next = Math.Max(last + 1, now * 100_000);
            if (Interlocked.CompareExchange(ref _last, next, last) == last)
            {
                return next;
            }
        }
    }

    public void Restore(long number) => _last = Math.Max(_last, number);

    /// <summary>A number as the sequence number that AWS shows: twenty digits.</summary>
    public static string SequenceNumber(long number) => string.Create(20, number, static (text, value) =>
    {
        "18".CopyTo(text);
        value.TryFormat(text[2..], out _, "D18", System.Globalization.CultureInfo.InvariantCulture);
    });
}
