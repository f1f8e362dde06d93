using MetricsGrains.Server.Cluster;

namespace MetricsGrains.Silo;

/// <summary>What the shells of this silo share; made before the silo starts.</summary>
internal sealed class SiloParts
{
    private MemberHost? _members;

    /// <exception cref="InvalidOperationException">The silo has not begun.</exception>
    public MemberHost Members => _members ?? throw new InvalidOperationException("this silo has not started yet");

    public OriginSet Origins { get; } = new();

    public string NodeName { get; private set; } = "";

    public long StartedMs { get; private set; }

    public void Begin(MemberHost members, string nodeName, long nowMs) => (_members, NodeName, StartedMs) = (members, nodeName, nowMs);
}
