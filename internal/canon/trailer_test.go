package canon

import "testing"

func TestTrailersAreNotInSummaries(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`<p>The dam closed.</p><p><a href="/1">Read more</a></p>`, "The dam closed."},
		{`The dam closed. <a href="/1" class="more-link">Continue reading <span class="meta-nav">The dam &rarr;</span></a>`, "The dam closed."},
		{`The dam closed [<a href="/1">more…</a>]`, "The dam closed"},
		{`<div>The dam closed… <A HREF=/1>Read the full story »</A></div><br/><img src="https://x.example/p" height=1>`, "The dam closed…"},
		{`The dam closed. (<a href=/1>more</a>)`, "The dam closed."},
		{"The dam closed on [&#8230;]", "The dam closed on…"},
		{"The dam closed. [...]", "The dam closed."},
		{"The dam closed (more…)", "The dam closed"},
		{"The dam closed … [Read more...]", "The dam closed …"},
		{"The dam closed. Continue reading →", "The dam closed."},
		{`<p>The dam closed.</p><p>The post <a href="/1">The dam</a> appeared first on <a href="/">The wire</a>.</p>`, "The dam closed."},
		{`<p>The dam closed [&#8230;]</p><p>The post <a href="/1">The dam</a> appeared first on <a href="/">The wire</a>.</p>`, "The dam closed…"},
		{"The dam closed. The post The dam appeared first on The wire.", "The dam closed."},
		{`<p>Der Damm ist zu.</p><p>Der Beitrag <a href="/1">Damm</a> erschien zuerst auf <a href="/">Zeitung</a>.</p>`, "Der Damm ist zu."},
		{`<p>La digue.</p><p>L’article <a href="/1">Digue</a> est apparu en premier sur <a href="/">Le fil</a>.</p>`, "La digue."},
		{`Der Damm ist zu. <a href="/1">Weiterlesen …</a>`, "Der Damm ist zu."},
		{`La digue est fermée. <a href="/1">Lire la suite</a>`, "La digue est fermée."},
		{`El dique está cerrado. <a href="/1">Leer más</a>`, "El dique está cerrado."},
		{`أغلق السد. <a href="/1">اقرأ المزيد</a>`, "أغلق السد."},
		{`سد بسته شد. <a href="/1">ادامه مطلب</a>`, "سد بسته شد."},
		{`Плотина закрыта. <a href="/1">Читать далее</a>`, "Плотина закрыта."},
		{`Baraj kapandı. <a href="/1">Devamını oku</a>`, "Baraj kapandı."},
		{`大坝关闭。<a href="/1">阅读全文</a>`, "大坝关闭。"},
		{`大坝关闭<a href="/1">阅读全文</a>`, "大坝关闭"},
		{`ダムは閉鎖。<a href="/1">続きを読む</a>`, "ダムは閉鎖。"},
		{`댐이 닫혔다. <a href="/1">더 보기</a>`, "댐이 닫혔다."},
		{`הסכר נסגר. <a href="/1">קרא עוד</a>`, "הסכר נסגר."},
		{`बांध बंद हुआ। <a href="/1">और पढ़ें</a>`, "बांध बंद हुआ।"},
		{`The dam closed. <a href="/1">Read more</a><div><a href="/2"><img src="/2.png"></img></a> <a href="/3"><img src="/3.png"/></a></div>`, "The dam closed."},
		{`<a href="/1">Read more</a>`, ""},
		{`<p>The dam.</p><p>The post <a href="/1">A. B. C</a> first appeared on <a href="/">The wire</a>.</p>`, "The dam."},
		{`Der Damm ist zu. <a href="/1">→ Weiterlesen: Der Damm</a>`, "Der Damm ist zu."},
		{`The dam closed <a href="/1">…</a>`, "The dam closed"},
		{`The dam closed&hellip; <a href="/1">more</a>`, "The dam closed…"},
		{`أغلق السد (<a href="/1">لقراءة المزيد</a>)`, "أغلق السد"},
		// These are text.
		{`He said there was <a href="/1">more</a>`, "He said there was more"},
		{`A page about <a href="/1">reading more</a>`, "A page about reading more"},
		{"People want to know more", "People want to know more"},
		{"The dam closed. Read more", "The dam closed. Read more"},
		{`Tides are higher than ever, and we know <a href="/1">much more</a>`, "Tides are higher than ever, and we know much more"},
		{`The verdict is in the <a href="/1">full report of the court</a>`, "The verdict is in the full report of the court"},
		{`<a href="/1">Read more</a> is what links say`, "Read more is what links say"},
		{"The council (details)", "The council (details)"},
		{"The team won (2-1)", "The team won (2-1)"},
		{"The post of minister is vacant.", "The post of minister is vacant."},
	} {
		if got := summaryText(c.in); got != c.want {
			t.Errorf("summaryText(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}
