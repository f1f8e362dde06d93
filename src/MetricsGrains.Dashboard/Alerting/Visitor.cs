using MetricsGrains.Dashboard.Live;

namespace MetricsGrains.Dashboard.Alerting;

/// <summary>Who sits before the browser, by their own word: what they do is written down under this name. The browser remembers it.</summary>
public sealed class Visitor(LiveBoard board)
{
    private const string Key = "mg-name";

    private bool _known;

    public string Name { get; private set; } = "";

    /// <summary>Asks the browser, once. Not before the page is connected.</summary>
    public async Task<string> ReadAsync()
    {
        if (!_known)
        {
            _known = true;
            Name = await board.AskAsync<string?>("recall", Key) ?? "";
        }
        return Name;
    }

    public async Task RememberAsync(string name)
    {
        name = name.Trim();
        if (name != Name)
        {
            (Name, _known) = (name, true);
            await board.CallAsync("remember", Key, name);
        }
    }
}
