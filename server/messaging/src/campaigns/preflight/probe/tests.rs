use super::*;
use std::sync::Mutex;
use tokio::net::TcpListener;

/// A web server that answers each path with what was told, and keeps what it was asked.
async fn serve(answers: Vec<(&'static str, String)>) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            let mut bytes = vec![0; 4096];
            let n = tcp.read(&mut bytes).await.unwrap_or(0);
            let text = String::from_utf8_lossy(&bytes[..n]).into_owned();
            let line = text.lines().next().unwrap_or_default().to_owned();
            let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
            log.lock().unwrap().push(line);
            let answer = answers.iter().find(|(p, _)| *p == path).map(|(_, a)| a.clone());
            let answer = answer.unwrap_or_else(|| "HTTP/1.1 404 Not Found\r\n\r\n".into());
            tcp.write_all(answer.as_bytes()).await.ok();
        }
    });
    (port, asked)
}

fn anywhere(_: IpAddr) -> bool {
    true
}

async fn standing(probe: &WebProbe, url: String) -> Standing {
    probe.try_all(&[url]).await.remove(0).standing
}

#[tokio::test]
async fn a_link_is_good_broken_or_unsure_by_what_it_answers() {
    let (port, asked) = serve(vec![
        ("/good?a=1&b=2", "HTTP/1.1 200 OK\r\n\r\n".into()),
        ("/away", "HTTP/1.1 302 Found\r\nLocation: /good?a=1&b=2\r\n\r\n".into()),
        ("/round", "HTTP/1.1 302 Found\r\nlocation: /round\r\n\r\n".into()),
        ("/shy", "HTTP/1.1 403 Forbidden\r\n\r\n".into()),
        ("/ill", "HTTP/1.1 503 Oh\r\n\r\n".into()),
        ("/odd", "220 mail.example ESMTP\r\n".into()),
    ])
    .await;
    let probe = WebProbe::calling(anywhere);
    let at = |path: &str| format!("http://127.0.0.1:{port}{path}");
    assert_eq!(standing(&probe, at("/good?a=1&b=2")).await, Standing::Good);
    assert_eq!(asked.lock().unwrap()[0], "HEAD /good?a=1&b=2 HTTP/1.1");
    assert_eq!(standing(&probe, at("/away")).await, Standing::Good);
    assert_eq!(standing(&probe, at("/round")).await, Standing::Unsure);
    assert_eq!(standing(&probe, at("/gone")).await, Standing::Broken);
    assert_eq!(standing(&probe, at("/shy")).await, Standing::Unsure);
    assert_eq!(standing(&probe, at("/ill")).await, Standing::Unsure);
    assert_eq!(standing(&probe, at("/odd")).await, Standing::Unsure);
    assert_eq!(standing(&probe, "http://".into()).await, Standing::Broken);
    assert_eq!(standing(&probe, "ftp://example.com/".into()).await, Standing::NotTried);
}

#[tokio::test]
async fn nothing_of_the_own_network_is_ever_called_however_it_is_written() {
    let (port, asked) = serve(vec![("/", "HTTP/1.1 200 OK\r\n\r\n".into())]).await;
    let probe = WebProbe::default();
    for host in [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "[::]",
    ] {
        let tried = probe.try_all(&[format!("http://{host}:{port}/")]).await.remove(0);
        assert_eq!(tried.standing, Standing::Private, "{host}: {}", tried.words);
    }
    assert_eq!(standing(&probe, "http://169.254.169.254/latest".into()).await, Standing::Private);
    assert!(asked.lock().unwrap().is_empty(), "something was called");
}

#[tokio::test]
async fn a_way_on_into_the_own_network_is_not_followed() {
    fn only_v4(ip: IpAddr) -> bool {
        ip == IpAddr::from([127, 0, 0, 1])
    }
    let (inner, asked) = serve(vec![("/", "HTTP/1.1 200 OK\r\n\r\n".into())]).await;
    let away = format!("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.2:{inner}/\r\n\r\n");
    let other = "HTTP/1.1 301 Moved\r\nLocation: https://127.0.0.2/\r\n\r\n".to_owned();
    let (port, _) = serve(vec![("/a", away), ("/b", other)]).await;
    let probe = WebProbe::calling(only_v4);
    assert_eq!(standing(&probe, format!("http://127.0.0.1:{port}/a")).await, Standing::Private);
    assert!(asked.lock().unwrap().is_empty());
    let tried = probe.try_all(&[format!("http://127.0.0.1:{port}/b")]).await.remove(0);
    assert!(tried.standing == Standing::Good && tried.words.contains("was not followed"), "{}", tried.words);
}

#[tokio::test]
async fn the_answers_have_the_order_of_the_links() {
    let (port, _) = serve(vec![("/1", "HTTP/1.1 200 OK\r\n\r\n".into())]).await;
    let urls: Vec<String> = (0..105).map(|n| format!("http://127.0.0.1:{port}/{n}")).collect();
    let tried = WebProbe::calling(anywhere).try_all(&urls).await;
    assert_eq!(tried.iter().map(|t| t.url.clone()).collect::<Vec<_>>(), urls);
    assert_eq!(
        (tried[1].standing, tried[2].standing, tried[104].standing),
        (Standing::Good, Standing::Broken, Standing::NotTried)
    );
}
