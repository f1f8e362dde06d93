using System.Reflection;
using MetricsGrains.Server.Hosting;

namespace MetricsGrains.Server.Tests.Flush;

/// <summary>A host whose grains are always on their way elsewhere.</summary>
public class MovingHost : DispatchProxy
{
    private IGrainHost? _host;

    public static IGrainHost Around(IGrainHost host)
    {
        IGrainHost moving = Create<IGrainHost, MovingHost>();
        ((MovingHost)(object)moving)._host = host;
        return moving;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        targetMethod!.Name == nameof(IGrainHost.TickAsync) ? Task.FromResult(true) : targetMethod.Invoke(_host, args);
}
