document.title = "Rota"; // said once
